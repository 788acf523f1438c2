Feature: Reference

  Scenario: a task that is skipped does not follow its own directive
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          if: .n > 5
          set: {big: true}
          then: end
      - b:
          set: '${ . + {b: true} }'
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    b: true
    """
    And b should run last

  Scenario: a task that is skipped in a loop and a branch gives its input
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - f:
          fork:
            branches:
              - x: {if: '${ false }', set: {x: 1}}
              - y: {set: {y: 2}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - {n: 1}
    - {y: 2}
    """

  Scenario: if is evaluated before the input is transformed
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          if: .n == 1
          input: {from: '.missing'}
          set: {seen: '${ . }', raw: '${ $task.input }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seen: null
    raw: {n: 1}
    """

  Scenario: switch without match continues
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - s:
          switch:
            - one: {when: .n == 5, then: end}
      - b: {set: {b: true}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    b: true
    """

  Scenario: switch takes the first that matches, default only when none does
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - s:
          switch:
            - default: {then: d}
            - one: {when: .n == 1, then: x}
            - two: {when: .n > 0, then: y}
      - d: {set: {at: d}, then: end}
      - x: {set: {at: x}, then: end}
      - y: {set: {at: y}, then: end}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    at: x
    """
    And x should run after s
    And x should run last
    And s should run first

  Scenario: switch then continue
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - s:
          switch:
            - one: {when: .n == 1, then: continue}
      - b: {set: {b: true}}
      - c: {set: '${ . + {c: 1} }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    b: true
    c: 1
    """

  Scenario: a jump back makes a loop
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - inc: {set: '${ {n: (.n + 1)} }'}
      - s:
          switch:
            - again: {when: .n < 3, then: inc}
            - done: {then: exit}
      - never: {set: {never: 1}}
    """
    And given the workflow input is:
    """yaml
    n: 0
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 3
    """

  Scenario: exit leaves the list, end the workflow
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - outer:
          do:
            - a: {set: {a: 1}, then: exit}
            - b: {set: {b: 1}}
      - c: {set: '${ . + {c: 1} }', then: end}
      - d: {set: {d: 1}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: 1
    c: 1
    """
    And c should run last

  Scenario: end within a nested list ends the workflow and composite tasks
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - outer:
          do:
            - inner:
                do:
                  - a: {set: {a: 1}, then: end}
                  - b: {set: {b: 1}}
      - c: {set: {c: 1}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: 1
    """

  Scenario: for: the output of a round is the input of the next
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - sum:
          for: {each: v, in: .values, at: i}
          do:
            - add: {set: '${ {values, total: ((.total // 0) + $v * ($i + 1))} }'}
          output: {as: .total}
    """
    And given the workflow input is:
    """yaml
    values: [1, 2, 3]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    14
    """

  Scenario: for: over nothing gives its input
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          for: {in: '${ [] }'}
          do:
            - x: {set: {x: 1}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    """

  Scenario: for: while ends it
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          for: {in: '.colors'}
          while: '(.seen | length) < 2'
          do:
            - x: {set: '${ {colors, seen: ((.seen // []) + [$item]), last: $index} }'}
    """
    And given the workflow input is:
    """yaml
    colors: [red, green, blue]
    seen: []
    """
    When the workflow is executed
    Then the workflow output should have a 'seen' property with value:
    """yaml
    [red, green]
    """
    And the workflow output should have a 'seen' property containing 2 items

  Scenario: for: nested loops see both variables
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - o:
          for: {each: a, in: '.as'}
          do:
            - i:
                for: {each: b, in: '$workflow.input.bs'}
                do:
                  - x: {set: '${ . + {pairs: ((.pairs // []) + ["\($a)\($b)"])} }'}
          output: {as: .pairs}
    """
    And given the workflow input is:
    """yaml
    as: [1, 2]
    bs: [x, y]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    ['1x','1y','2x','2y']
    """

  Scenario: fork: outputs in the order of branches
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - f:
          fork:
            branches:
              - slow: {do: [{w: {wait: {seconds: 5}}}, {s: {set: {v: slow}}}]}
              - fast: {set: {v: fast}}
      - after: {set: '${ [.[].v] }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [slow, fast]
    """
    And fast should run before s
    And slow should complete
    And after should run last

  Scenario: fork: compete cancels losers
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - f:
          fork:
            compete: true
            branches:
              - slow: {wait: {seconds: 5}}
              - fast: {set: {v: fast}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    v: fast
    """
    And slow should cancel
    And fast should complete with output:
    """yaml
    v: fast
    """

  Scenario: fork: an error in a branch faults
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - f:
          fork:
            branches:
              - a: {raise: {error: {type: 'https://e.com/x', status: 400, title: T}}}
              - b: {wait: {seconds: 5}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://e.com/x
    status: 400
    title: T
    instance: /do/0/f/fork/branches/0/a
    """
    And a should fault
    And b should cancel

  Scenario: data flow: input.from object, output.as object, export
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          input: {from: {x: '${ .n }', k: const}}
          set: {v: '${ .x + 1 }', in: '${ $input.x }'}
          output: {as: {v: '${ .v }', raw: '${ $task.output.in }'}}
          export: {as: '$context + {v: $output.v, in: $input.x}'}
      - b: {set: {ctx: '${ $context }', v: '${ .v }'}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    ctx: {n: 1, v: 2, in: 1}
    v: 2
    """
    And a should complete with output:
    """yaml
    v: 2
    raw: 1
    """

  Scenario: workflow input.from and output.as
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    input: {from: .x}
    output: {as: '{z: .y, all}'}
    do:
      - a: {set: {y: '${ . }', all: '${ $workflow.input.x }'}}
    """
    And given the workflow input is:
    """yaml
    x: 5
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    z: 5
    all: 5
    """

  Scenario: input schema of a task that is not met
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          input:
            schema:
              format: json
              document: {type: object, required: [q], properties: {q: {type: string}}}
          set: {z: 1}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    status: 400
    instance: /do/0/a
    """
    And a should fault

  Scenario: output schema of a task that is not met
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          output:
            schema:
              format: json
              document: {type: object, required: [q], properties: {q: {type: string}}}
          set: {z: 1}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    status: 400
    instance: /do/0/a
    """
    And a should fault

  Scenario: workflow input schema
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    input: {schema: {format: json, document: {type: object, required: [q]}}}
    do:
      - a: {set: {z: 1}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    status: 400
    """

  Scenario: workflow output schema
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    output: {schema: {format: json, document: {type: object, required: [q]}}}
    do:
      - a: {set: {z: 1}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    status: 400
    """

  Scenario: export schema
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a: {set: {z: 1}, export: {as: ., schema: {format: json, document: {type: object, required: [q]}}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    status: 400
    """

  Scenario: an expression that fails
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a: {set: {z: '${ .n + {} }'}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/expression
    status: 400
    instance: /do/0/a
    """

  Scenario: descriptors
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          set:
            name: '${ $task.name }'
            ref: '${ $task.reference }'
            def: '${ $task.definition | has("set") }'
            wf: '${ $workflow.definition.document.name }'
            iso: '${ $workflow.startedAt.iso8601 | type }'
            ms: '${ $task.startedAt.epoch.milliseconds | type }'
            rt: '${ $runtime | keys }'
            id: '${ $workflow.id | type }'
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: a
    ref: /do/0/a
    def: true
    wf: feature
    iso: string
    ms: number
    rt: [metadata, name, version]
    id: string
    """

  Scenario: raise by reference keeps what is defined and adds the instance
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use: {errors: {oops: {type: 'https://e.com/oops', status: 418, title: Oops, detail: '${ "n was \(.n)" }'}}}
    do:
      - n:
          do:
            - a: {raise: {error: oops}}
    """
    And given the workflow input is:
    """yaml
    n: 3
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://e.com/oops
    status: 418
    title: Oops
    detail: n was 3
    instance: /do/0/n/do/0/a
    """

  Scenario: catch by type alone, by title, by instance
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - t:
          try:
            - a: {raise: {error: {type: 'https://e.com/x', status: 400, title: X}}}
          catch:
            errors: {with: {type: 'https://e.com/x', title: X, instance: /do/0/t/try/0/a}}
            as: err
            do:
              - h: {set: {t: '${ $err.title }', n: '${ .n }'}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    t: X
    n: 1
    """
    And a should fault
    And t should complete
    And h should run after a

  Scenario: an error in the handler goes on
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - t:
          try:
            - a: {raise: {error: {type: 'https://e.com/x', status: 400}}}
          catch:
            do:
              - h: {raise: {error: {type: 'https://e.com/y', status: 500}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://e.com/y
    status: 500
    instance: /do/0/t/catch/do/0/h
    """

  Scenario: nested try: the outer catches what the inner lets through
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - t:
          try:
            - u:
                try:
                  - a: {raise: {error: {type: 'https://e.com/x', status: 400}}}
                catch: {errors: {with: {status: 500}}}
          catch:
            do:
              - h: {set: {caught: '${ $error.status }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: 400
    """

  Scenario: then of a try that caught is followed
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - t:
          try:
            - a: {raise: {error: {type: 'https://e.com/x', status: 400}}}
          catch:
            do:
              - h: {set: {v: 1}}
          then: z
      - y: {set: {y: 1}}
      - z: {set: '${ . + {z: 1} }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    v: 1
    z: 1
    """

  Scenario: then exit in a handler leaves the handler
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - t:
          try:
            - a: {raise: {error: {type: 'https://e.com/x', status: 400}}}
          catch:
            do:
              - h: {set: {v: 1}, then: exit}
              - i: {set: {i: 1}}
      - z: {set: '${ . + {z: 1} }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    v: 1
    z: 1
    """

  Scenario: http 404
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - get:
          call: http
          with: {method: get, endpoint: 'https://petstore.swagger.io/v2/pet/getPetByName/{petName}'}
    """
    And given the workflow input is:
    """yaml
    petName: Milou
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/communication
    status: 404
    title: Not Found
    instance: /do/0/get
    """
    And get should fault

  Scenario: http with an interpolated address and upper case method
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - get:
          call: http
          with: {method: GET, endpoint: {uri: '${ "https://petstore.swagger.io/v2/pet/\(.petId)" }'}, output: response}
          output: {as: '{status: .statusCode, id: .content.id, uri: .request.uri}'}
    """
    And given the workflow input is:
    """yaml
    petId: 2
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    status: 200
    id: 2
    uri: https://petstore.swagger.io/v2/pet/2
    """

  Scenario: http query and headers as one expression
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - get:
          call: http
          with: {method: get, endpoint: 'https://httpbin.org/get', query: '${ {a: .a, b: "2"} }', headers: '${ {"X-A": .a} }'}
          output: {as: '{args, h: .headers["X-A"]}'}
    """
    And given the workflow input is:
    """yaml
    a: "1"
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    args: {a: "1", b: "2"}
    h: "1"
    """

  Scenario: http body as one expression and put
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - put:
          call: http
          with: {method: put, endpoint: 'https://httpbin.org/put', body: '${ .pet }'}
          output: {as: .json}
    """
    And given the workflow input is:
    """yaml
    pet: {name: Milou}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: Milou
    """

  Scenario: http form
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - put:
          call: http
          with: {method: post, endpoint: 'https://httpbin.org/post', headers: {content-type: application/x-www-form-urlencoded}, body: {a: '1', b: x y}}
          output: {as: .form}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: "1"
    b: x y
    """

  Scenario: http delete and 5xx
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - t:
          try:
            - d: {call: http, with: {method: delete, endpoint: 'https://httpbin.org/status/503'}}
          catch:
            errors: {with: {status: 503}}
            do:
              - h: {set: {s: '${ $error.status }', t: '${ $error.title }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    s: 503
    t: Service Unavailable
    """

  Scenario: redirect allowed: neither followed status nor the response is an error
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - d: {call: http, with: {method: get, endpoint: 'https://httpbin.org/status/304', redirect: true, output: response}, output: {as: .statusCode}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    304
    """

  Scenario: openapi: path parameter, 404, response
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - t:
          try:
            - d: {call: openapi, with: {document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}, operationId: getPetById, parameters: {petId: 0}}}
          catch:
            do:
              - h: {set: {s: '${ $error.status }'}}
      - e: {call: openapi, with: {document: {endpoint: {uri: 'https://petstore.swagger.io/v2/swagger.json'}}, operationId: getPetById, parameters: {petId: '${ 2 }'}, output: response}, output: {as: .content.id}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    2
    """

  Scenario: openapi: no such operation
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - d: {call: openapi, with: {document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}, operationId: nothing}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 400
    """

  Scenario: openapi: document that is not there
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - d: {call: openapi, with: {document: {endpoint: 'https://nowhere.invalid/swagger.json'}, operationId: nothing}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/communication
    """

  Scenario: a function by reference with directive and output
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use: {functions: {greet: {set: {text: '${ "hello \(.name)" }'}}}}
    do:
      - a:
          call: greet
          with: {name: '${ .n }'}
          output: {as: .text}
      - b: {set: {said: '${ . }'}}
    """
    And given the workflow input is:
    """yaml
    n: Ann
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    said: hello Ann
    """

  Scenario: an extension before and after
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use:
      extensions:
        - l:
            extend: set
            before: [{log: {emit: {event: {with: {source: 'https://e.com', type: before}}}}}]
            after: [{log2: {emit: {event: {with: {source: 'https://e.com', type: after}}}}}]
    do:
      - a: {set: {v: 1}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    v: 1
    """
    And log should complete
    And log2 should run last

  Scenario: an extension that exits replaces the task
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use:
      extensions:
        - m:
            extend: call
            when: '($task.with.endpoint.uri // $task.with.endpoint) | startswith("https://mocked.example")'
            before: [{i: {set: {x: 1}, then: exit}}]
    do:
      - a: {call: http, with: {method: get, endpoint: 'https://mocked.example/x'}}
      - b: {set: {got: '${ .x }'}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    got: 1
    """

  Scenario: emit
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - e:
          emit:
            event:
              with:
                source: '${ "https://e.com/\(.id)" }'
                type: com.example.done.v1
                data: {greetings: '${ "Hi \(.name)" }'}
    """
    And given the workflow input is:
    """yaml
    id: 7
    name: Ann
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have properties 'id', 'source', 'type', 'time', 'specversion', 'data.greetings'
    And the workflow output should have a 'data' property with value:
    """yaml
    greetings: Hi Ann
    """
    And the workflow output should have a 'source' property with value:
    """yaml
    https://e.com/7
    """
    And e should complete

  Scenario: timeouts by name and in place
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use: {timeouts: {quick: {after: PT1S}}}
    do:
      - t:
          try:
            - w: {wait: PT1M, timeout: quick}
          catch:
            errors: {with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout, status: 408}}
            do: [{h: {set: {late: true}}}]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    late: true
    """
    And w should fault

  Scenario: workflow timeout
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    timeout: {after: {seconds: 1}}
    do:
      - w: {wait: {minutes: 1}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    status: 408
    """

  Scenario: loose mode
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    evaluate: {language: jq, mode: loose}
    do:
      - a: {set: {v: .n + 1, t: hello world}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    v: 2
    t: hello world
    """

  Scenario: oauth2 and oidc tokens
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use: {authentications: {own: {oauth2: {authority: 'https://id.example/realm', grant: client_credentials, client: {id: me, secret: s, authentication: client_secret_basic}, scopes: [api]}}}}
    do:
      - a: {call: http, with: {method: get, endpoint: {uri: 'https://httpbin.org/bearer', authentication: {use: own}}}, output: {as: .token}}
      - b:
          call: http
          with:
            method: get
            endpoint: {uri: 'https://httpbin.org/bearer', authentication: {oidc: {authority: 'https://id.example', grant: client_credentials, client: {id: me, secret: s}}}}
          output: {as: '{a: $input, b: .token}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: stub-token
    b: stub-token
    """

  Scenario: an authority that refuses
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a: {call: http, with: {method: get, endpoint: {uri: 'https://httpbin.org/bearer', authentication: {oauth2: {authority: 'https://id.example', grant: client_credentials, client: {id: unknown, secret: s}}}}}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/authentication
    status: 401
    """

  Scenario: a secret that does not exist, in an expression
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use: {secrets: [mine]}
    do:
      - a: {set: {v: '${ $secrets.other }'}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/authorization
    status: 403
    """

  Scenario: the authorization of a call is told to its output
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          call: http
          with: {method: get, endpoint: {uri: 'https://httpbin.org/bearer', authentication: {bearer: {token: abc}}}}
          output: {as: '$authorization'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    scheme: Bearer
    parameter: abc
    """

  Scenario: set of text and arrays
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a: {set: {items: [1, '${ .n }', 'n is ${ .n }!'], deep: {er: '${ [.n, .n] }'}}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    items: [1, 1, 'n is 1!']
    deep: {er: [1, 1]}
    """
    And the workflow output should have a 'items' property containing 3 items
    And the workflow output should have a 'deep.er[1]' property with value:
    """yaml
    1
    """

  Scenario: set replaces, never merges
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a: {set: {a: 1}}
      - b: {set: {b: 2}}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    b: 2
    """
    And a should run before b
    And b should run after a

  Scenario: a nested do gives the output of its last
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - o:
          do:
            - a: {set: {a: 1}}
            - p:
                do:
                  - b: {set: '${ . + {b: 2} }'}
          output: {as: '. + {o: 3}'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    a: 1
    b: 2
    o: 3
    """
    And o should run first
    And b should run last
    And o should run last

  Scenario: an event tells no secret
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use: {secrets: [mine]}
    do:
      - a:
          set: {kept: '${ $secrets.mine }'}
      - b:
          emit: {event: {with: {source: 'https://e.com', type: told, data: '${ .kept }'}}}
          output: {as: .data}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    '***'
    """
