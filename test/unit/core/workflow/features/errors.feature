Feature: Errors

  Scenario: raise an inline error
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - bad:
          raise:
            error: {type: 'https://e.com/bad', status: 400, title: Bad, detail: '${ "n is \(.n)" }'}
    """
    And given the workflow input is:
    """yaml
    n: 3
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://e.com/bad
    status: 400
    title: Bad
    detail: n is 3
    instance: /do/0/bad
    """

  Scenario: raise a reusable error
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use:
      errors:
        bad: {type: 'https://e.com/bad', status: 400}
    do:
      - a:
          raise: {error: bad}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://e.com/bad
    """
    And a should fault

  Scenario: try catches by filter and binds the error
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
            - get:
                call: http
                with: {method: get, endpoint: 'https://petstore.swagger.io/v2/pet/getPetByName/{name}'}
          catch:
            errors:
              with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/communication, status: 404}
            as: problem
            do:
              - h:
                  set: {status: '${ $problem.status }', at: '${ $problem.instance }'}
    """
    And given the workflow input is:
    """yaml
    name: Milou
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    status: 404
    at: /do/0/t/try/0/get
    """
    And get should fault
    And t should complete

  Scenario: try lets other errors through
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
            - get:
                call: http
                with: {method: get, endpoint: 'https://petstore.swagger.io/v2/pet/none'}
          catch:
            errors:
              with: {status: 503}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/communication
    status: 404
    title: Not Found
    """

  Scenario: catch.when decides
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
            - a:
                raise: {error: {type: 'https://e.com/x', status: 500}}
          catch:
            when: .status == 500
            do:
              - h:
                  set: {caught: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    caught: true
    """

  Scenario: catch.exceptWhen decides
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
            - a:
                raise: {error: {type: 'https://e.com/x', status: 500}}
          catch:
            exceptWhen: $error.status == 500
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 500
    """

  Scenario: without tasks the error is swallowed
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
            - a:
                raise: {error: {type: 'https://e.com/x', status: 500}}
          catch: {}
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

  Scenario: retries run out, then the handler
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
            - a:
                raise: {error: {type: 'https://e.com/x', status: 500}}
          catch:
            retry: {delay: {seconds: 1}, backoff: {exponential: {}}, limit: {attempt: {count: 3}}}
            do:
              - h:
                  set: {seconds: '${ now - $workflow.startedAt.epoch.seconds }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seconds: 7
    """

  Scenario: linear backoff
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
            - a:
                raise: {error: {type: 'https://e.com/x', status: 500}}
          catch:
            retry: {delay: PT1S, backoff: {linear: {}}, limit: {attempt: {count: 3}}}
            do:
              - h:
                  set: {seconds: '${ now - $workflow.startedAt.epoch.seconds }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seconds: 6
    """

  Scenario: constant backoff with a limit of time
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
            - a:
                raise: {error: {type: 'https://e.com/x', status: 500}}
          catch:
            retry: {delay: {seconds: 2}, backoff: {constant: {}}, limit: {duration: {seconds: 5}}}
            do:
              - h:
                  set: {seconds: '${ now - $workflow.startedAt.epoch.seconds }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seconds: 4
    """

  Scenario: jitter adds to the delay
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
            - a:
                raise: {error: {type: 'https://e.com/x', status: 500}}
          catch:
            retry: {delay: {seconds: 1}, jitter: {from: {seconds: 1}, to: {seconds: 3}}, limit: {attempt: {count: 1}}}
            do:
              - h:
                  set: {seconds: '${ now - $workflow.startedAt.epoch.seconds }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seconds: 3
    """

  Scenario: retry.when decides
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
            - a:
                raise: {error: {type: 'https://e.com/x', status: 500}}
          catch:
            retry: {when: '$error.status == 503', delay: {seconds: 1}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 500
    """

  Scenario: a reusable policy, and the fault when it is used up
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use:
      retries:
        few: {delay: {seconds: 1}, limit: {attempt: {count: 2}}}
    do:
      - t:
          try:
            - a:
                raise: {error: {type: 'https://e.com/x', status: 500}}
          catch: {retry: few}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 500
    """

  Scenario: an attempt has its own limit of time
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
            - w:
                wait: {seconds: 60}
          catch:
            retry: {limit: {attempt: {count: 1, duration: {seconds: 2}}}}
            do:
              - h:
                  set: {seconds: '${ now - $workflow.startedAt.epoch.seconds }', status: '${ $error.status }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seconds: 4
    status: 408
    """

  Scenario: an error in the handler faults the task
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
            - a:
                raise: {error: {type: 'https://e.com/x', status: 500}}
          catch:
            do:
              - h:
                  raise: {error: {type: 'https://e.com/y', status: 501}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 501
    instance: /do/0/t/catch/do/0/h
    """
