Feature: Extensions

  Scenario: before and after do not change the data
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use:
      extensions:
        - log:
            extend: set
            before:
              - b:
                  emit: {event: {with: {source: 'https://e.com', type: before, data: '${ $task.name }'}}}
            after:
              - c:
                  emit: {event: {with: {source: 'https://e.com', type: after, data: '${ . }'}}}
    do:
      - a:
          set: {x: '${ .n }'}
    """
    And given the workflow input is:
    """yaml
    n: 1
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    x: 1
    """
    And the workflow should emit:
    """yaml
    - {type: before}
    - {type: after, data: {x: 1}}
    """

  Scenario: exit before replaces the task
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    use:
      extensions:
        - mock:
            extend: call
            when: $task.call == "http" and ($task.with.endpoint | startswith("https://mocked"))
            before:
              - m:
                  set: {mocked: true}
                  then: exit
    do:
      - a:
          call: http
          with: {method: get, endpoint: 'https://mocked.example.com'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    mocked: true
    """
