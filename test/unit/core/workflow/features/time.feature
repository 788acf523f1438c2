Feature: Waiting and timeouts

  Scenario: wait {minutes: 2, seconds: 30}
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - w:
          wait: {minutes: 2, seconds: 30}
      - s:
          set: {seconds: '${ now - $workflow.startedAt.epoch.seconds }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seconds: 150
    """

  Scenario: wait PT2M30S
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - w:
          wait: PT2M30S
      - s:
          set: {seconds: '${ now - $workflow.startedAt.epoch.seconds }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seconds: 150
    """

  Scenario: wait ${ PT2M30S }
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - w:
          wait: '${ "PT2M30S" }'
      - s:
          set: {seconds: '${ now - $workflow.startedAt.epoch.seconds }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    seconds: 150
    """

  Scenario: a task timeout faults with the standard error
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - w:
          timeout: {after: {seconds: 3}}
          wait: {seconds: 10}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    status: 408
    instance: /do/0/w
    """
    And w should fault

  Scenario: a task timeout can be caught
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use:
      timeouts:
        short: {after: PT1S}
    do:
      - t:
          try:
            - slow:
                timeout: short
                do:
                  - w:
                      wait: {seconds: 10}
          catch:
            errors:
              with: {type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout}
            do:
              - h:
                  set: {late: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    late: true
    """
    And w should cancel

  Scenario: a task in time is not timed out
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - w:
          timeout: {after: {seconds: 10}}
          wait: {seconds: 3}
      - v:
          wait: {seconds: 60}
    """
    When the workflow is executed
    Then the workflow should complete

  Scenario: a workflow timeout faults the run
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    timeout: {after: {seconds: 3}}
    do:
      - w:
          wait: {seconds: 10}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
    status: 408
    """

  Scenario: a cancelled run is cancelled
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - w:
          wait: {days: 1}
    """
    And given the workflow is cancelled
    When the workflow is executed
    Then the workflow should cancel
    And w should cancel
