Feature: Calls

  Scenario: http gives the content
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
          with: {method: get, endpoint: 'https://petstore.swagger.io/v2/pet/{petId}'}
    """
    And given the workflow input is:
    """yaml
    petId: 4
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have properties 'id', 'name', 'status'
    And the workflow output should have a 'id' property with value:
    """yaml
    4
    """

  Scenario: http gives the response
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
          with:
            method: get
            endpoint: {uri: 'https://petstore.swagger.io/v2/pet/{petId}'}
            output: response
    """
    And given the workflow input is:
    """yaml
    petId: 4
    """
    When the workflow is executed
    Then the workflow output should have properties 'request.method', 'request.uri', 'request.headers', 'statusCode', 'headers', 'content.id'

  Scenario: http gives the raw content
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
          with: {method: get, endpoint: 'https://httpbin.org/base64/aGVsbG8=', output: raw}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    aGVsbG8=
    """

  Scenario: http sends method, headers, query and body
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - post:
          call: http
          with:
            method: post
            endpoint: https://httpbin.org/post
            headers: {X-Order: '${ .id }'}
            query: {page: '2'}
            body: {order: '${ .id }'}
          output: {as: '{header: .headers["X-Order"], page: .args.page, order: .json.order}'}
    """
    And given the workflow input is:
    """yaml
    id: o1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    header: o1
    page: '2'
    order: o1
    """

  Scenario: a redirection is an error unless allowed
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
          with: {method: get, endpoint: 'https://httpbin.org/redirect/1'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 302
    """

  Scenario: a redirection that is allowed is followed
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
          with: {method: get, endpoint: 'https://httpbin.org/redirect/2', redirect: true}
    """
    When the workflow is executed
    Then the workflow should complete

  Scenario: basic authentication by name
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use:
      authentications:
        own: {basic: {username: ann, password: '${ .password }'}}
    do:
      - get:
          call: http
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/basic-auth/ann/secret
              authentication: {use: own}
    """
    And given the workflow input is:
    """yaml
    password: secret
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    authenticated: true
    user: ann
    """

  Scenario: wrong credentials fault
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
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/basic-auth/ann/secret
              authentication: {basic: {username: ann, password: wrong}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/communication
    status: 401
    """

  Scenario: bearer authentication
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
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/bearer
              authentication: {bearer: {token: '${ .token }'}}
          output: {as: .token}
    """
    And given the workflow input is:
    """yaml
    token: t-1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    t-1
    """

  Scenario: digest authentication
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
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/digest-auth/auth/ann/secret
              authentication: {digest: {username: ann, password: secret}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    authenticated: true
    user: ann
    """

  Scenario: a secret that the workflow lacks
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
          with:
            method: get
            endpoint:
              uri: https://httpbin.org/get
              authentication: {basic: {use: nothing}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/authorization
    status: 403
    """

  Scenario: openapi
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - find:
          call: openapi
          with:
            document: {endpoint: 'https://petstore.swagger.io/v2/swagger.json'}
            operationId: findPetsByStatus
            parameters: {status: '${ .status }'}
          output: {as: '{pets: .}'}
    """
    And given the workflow input is:
    """yaml
    status: sold
    """
    When the workflow is executed
    Then the workflow output should have a 'pets' property containing 3 items
    And the workflow output should have a 'pets.0.status' property with value:
    """yaml
    sold
    """

  Scenario: a function of the document
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use:
      functions:
        getPet:
          input:
            schema: {document: {type: object, required: [petId]}}
          call: http
          with: {method: get, endpoint: 'https://petstore.swagger.io/v2/pet/{petId}'}
          output: {as: .id}
    do:
      - a:
          call: getPet
          with: {petId: '${ .n + 1 }'}
    """
    And given the workflow input is:
    """yaml
    n: 2
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    3
    """

  Scenario: a function of the document refuses wrong input
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use:
      functions:
        getPet:
          input:
            schema: {document: {type: object, required: [petId]}}
          set: {x: 1}
    do:
      - a:
          call: getPet
          with: {other: 1}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/validation
    """

  Scenario: a function of the platform
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          call: orders.find
          with: {id: '${ .id }'}
    """
    And given the workflow input is:
    """yaml
    id: o1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    function: orders.find
    with: {id: o1}
    """

  Scenario: grpc is refused
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          call: grpc
          with: {proto: {endpoint: 'file://a.proto'}, service: {name: S, host: localhost}, method: m}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/runtime
    status: 501
    """

  Scenario: asyncapi is refused
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          call: asyncapi
          with: {document: {endpoint: 'https://e.com/a.json'}, operation: o, message: {}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/runtime
    status: 501
    """

  Scenario: run script is refused
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          run:
            script: {language: js, code: '1'}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/authorization
    status: 403
    """

  Scenario: run shell is refused
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          run:
            shell: {command: ls}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/authorization
    status: 403
    """

  Scenario: run container is refused
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          run:
            container: {image: x}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/authorization
    status: 403
    """
