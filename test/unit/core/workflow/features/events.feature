Feature: Events

  Scenario: one event
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          listen:
            to:
              one:
                with: {type: b}
    """
    And given the following events are received:
    """yaml
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    - {type: end, id: '4', data: {n: 4}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - {n: 2, key: y}
    """

  Scenario: any of several
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          listen:
            to:
              any:
                - with: {type: nothing}
                - with: {type: a, data: '${ .n > 1 }'}
    """
    And given the following events are received:
    """yaml
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    - {type: end, id: '4', data: {n: 4}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - {n: 3, key: y}
    """

  Scenario: all of several, in the order they came
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          listen:
            to:
              all:
                - with: {type: end}
                - with: {type: a}
    """
    And given the following events are received:
    """yaml
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    - {type: end, id: '4', data: {n: 4}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - {n: 1, key: x}
    - {n: 4}
    """

  Scenario: any at all until a condition holds
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          listen:
            to: {any: [], until: '(. | length) == 3'}
          output: {as: 'map(.n)'}
    """
    And given the following events are received:
    """yaml
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    - {type: end, id: '4', data: {n: 4}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, 2, 3]
    """

  Scenario: any until another event, which is not kept
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          listen:
            to:
              any:
                - with: {type: a}
              until:
                one:
                  with: {type: end}
          output: {as: 'map(.n)'}
    """
    And given the following events are received:
    """yaml
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    - {type: end, id: '4', data: {n: 4}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [1, 3]
    """

  Scenario: envelopes
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          listen:
            to:
              one:
                with: {type: b}
            read: envelope
          output: {as: '.[0].id'}
    """
    And given the following events are received:
    """yaml
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    - {type: end, id: '4', data: {n: 4}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    '2'
    """

  Scenario: regular expressions of attributes
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          listen:
            to:
              one:
                with: {type: 'en.*'}
    """
    And given the following events are received:
    """yaml
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    - {type: end, id: '4', data: {n: 4}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - n: 4
    """

  Scenario: correlation with the input
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          listen:
            to:
              one:
                with: {type: a}
                correlate:
                  k: {from: .data.key, expect: '${ .key }'}
    """
    And given the workflow input is:
    """yaml
    key: y
    """
    And given the following events are received:
    """yaml
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    - {type: end, id: '4', data: {n: 4}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - {n: 3, key: y}
    """

  Scenario: correlation between events
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          listen:
            to:
              all:
                - with: {type: b}
                  correlate: {k: {from: .data.key}}
                - with: {type: a}
                  correlate: {k: {from: .data.key}}
          output: {as: 'map(.n)'}
    """
    And given the following events are received:
    """yaml
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [2, 3]
    """

  Scenario: foreach processes each event in turn
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          listen:
            to:
              any: []
              until: '$context.sum > 5'
          foreach:
            item: event
            at: i
            do:
              - s:
                  set: {got: '${ $event.n * 10 + $i }'}
            output: {as: .got}
            export: {as: '$context + {sum: ($context.sum + $event.n)}'}
    """
    And given the following events are received:
    """yaml
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    - {type: end, id: '4', data: {n: 4}}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    [10, 21, 32]
    """

  Scenario: a listening task can time out
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - l:
          timeout: {after: {minutes: 1}}
          listen:
            to:
              one:
                with: {type: never}
    """
    And given the following events are received:
    """yaml
    - {type: a, id: '1', data: {n: 1, key: x}}
    - {type: b, id: '2', data: {n: 2, key: y}}
    - {type: a, id: '3', data: {n: 3, key: y}}
    - {type: end, id: '4', data: {n: 4}}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    status: 408
    """

  Scenario: emit gives a complete event
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
                source: https://shop.example.com
                type: order.placed
                subject: ${ .id }
                data: {id: '${ .id }'}
    """
    And given the workflow input is:
    """yaml
    id: o1
    """
    When the workflow is executed
    Then the workflow should complete
    And the workflow output should have properties 'id', 'specversion', 'time', 'source', 'type', 'subject', 'data.id'
    And the workflow output should have a 'data' property with value:
    """yaml
    id: o1
    """
    And the workflow should emit:
    """yaml
    type: order.placed
    data: {id: o1}
    """
