Feature: Compensation

  Scenario: a failure undoes the finished steps in reverse
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - pay:
          set: {charge: c1}
          metadata:
            compensate:
              do:
                - refund:
                    emit: {event: {with: {source: 'https://e.com', type: refunded, data: '${ .charge }'}}}
      - reserve:
          set: {stock: s1}
          metadata:
            compensate:
              emit: {event: {with: {source: 'https://e.com', type: released, data: '${ $output.stock }'}}}
      - ship:
          raise: {error: {type: 'https://e.com/no', status: 500}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://e.com/no
    """
    And the workflow should emit:
    """yaml
    - {type: released, data: s1}
    - {type: refunded, data: c1}
    """
    And reserve should run before refund

  Scenario: a cancel undoes them too
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - pay:
          set: {charge: c1}
          metadata:
            compensate:
              do:
                - refund:
                    emit: {event: {with: {source: 'https://e.com', type: refunded, data: '${ .charge }'}}}
      - reserve:
          set: {stock: s1}
          metadata:
            compensate:
              emit: {event: {with: {source: 'https://e.com', type: released, data: '${ $output.stock }'}}}
      - w:
          wait: {days: 1}
    """
    And given the workflow is cancelled
    When the workflow is executed
    Then the workflow should cancel
    And the workflow should emit:
    """yaml
    - {type: released}
    - {type: refunded}
    """

  Scenario: success undoes nothing
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - pay:
          set: {charge: c1}
          metadata:
            compensate:
              do:
                - refund:
                    emit: {event: {with: {source: 'https://e.com', type: refunded, data: '${ .charge }'}}}
      - reserve:
          set: {stock: s1}
          metadata:
            compensate:
              emit: {event: {with: {source: 'https://e.com', type: released, data: '${ $output.stock }'}}}
      - ok:
          set: {ok: true}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    ok: true
    """
