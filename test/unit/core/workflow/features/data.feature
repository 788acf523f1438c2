Feature: Data flow

  Scenario: Workflow input is validated
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    input:
      schema:
        document: {type: object, required: [id]}
    do:
      - a:
          set: {x: 1}
    """
    And given the workflow input is:
    """yaml
    other: 1
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    status: 400
    """

  Scenario: Workflow input is transformed
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    input:
      from: .order
    do:
      - a:
          set: {id: '${ .id }', raw: '${ $workflow.input.order.id }'}
    """
    And given the workflow input is:
    """yaml
    order: {id: 7}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    id: 7
    raw: 7
    """

  Scenario: Task input is transformed, $input and $task keep both
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          input: {from: .user}
          set: {name: '${ .name }', same: '${ $input.name }', raw: '${ $task.input.user.name }'}
    """
    And given the workflow input is:
    """yaml
    user: {name: Ann}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    name: Ann
    same: Ann
    raw: Ann
    """

  Scenario: Task output is transformed by an object
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          set: {pet: {id: 3}}
          output:
            as: {petId: '${ .pet.id }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    petId: 3
    """

  Scenario: Output schema is enforced after the transformation
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          set: {x: text}
          output:
            as: .x
            schema:
              document: {type: integer}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    instance: /do/0/a
    """

  Scenario: Export sets the context for later tasks
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          set: {n: 2}
          export: {as: '$context + {kept: .n}'}
      - b:
          set: {n: 9}
      - c:
          set: {kept: '${ $context.kept }', n: '${ .n }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    kept: 2
    n: 9
    """

  Scenario: Export schema is enforced
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          set: {n: 2}
          export:
            as: .n
            schema: {document: {type: string}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    """

  Scenario: Workflow output is transformed and validated
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    output:
      as: '{total: .n}'
      schema: {document: {type: object, required: [total]}}
    do:
      - a:
          set: {n: 5}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    total: 5
    """

  Scenario: A failing expression faults with the standard error
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          set: {x: '${ .n | keys }'}
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

  Scenario: Expressions inside text are interpolated
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          set: {text: 'Hello ${ .user.name }, you are ${ .user.age }!'}
    """
    And given the workflow input is:
    """yaml
    user: {name: Ann, age: 7}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    text: Hello Ann, you are 7!
    """

  Scenario: Strict mode leaves other text alone
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          set: {text: .n}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    text: .n
    """

  Scenario: Loose mode evaluates any text and keeps what is none
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    evaluate: {mode: loose}
    do:
      - a:
          set: {n: .n, text: 'Hello there!'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    text: Hello there!
    """

  Scenario: Descriptors of runtime, workflow and task
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
            runtime: ${ $runtime.name }
            workflow: ${ $workflow.definition.document.name }
            task: ${ $task.name }
            reference: ${ $task.reference }
            started: ${ $workflow.startedAt.epoch.seconds }
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    runtime: troupe
    workflow: feature
    task: a
    reference: /do/0/a
    started: 1767225600
    """

  Scenario: A skipped task passes its raw input on
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          if: ${ .n > 5 }
          set: {big: true}
      - b:
          set: {n: '${ .n }', big: '${ .big }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    n: 1
    big: null
    """
