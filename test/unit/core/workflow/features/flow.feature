Feature: Flow

  Scenario: then names the next task
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          set: {l: '${ .l + ["a"] }'}
          then: c
      - b:
          set: {l: '${ .l + ["b"] }'}
          then: end
      - c:
          set: {l: '${ .l + ["c"] }'}
          then: b
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    l: [a, c, b]
    """
    And a should run first
    And b should run last
    And c should run before b
    And b should run after c
    And a should complete

  Scenario: exit leaves the scope, not the workflow
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
            - a:
                set: {x: 1}
                then: exit
            - b:
                set: {x: 2}
      - c:
          set: {x: '${ .x + 10 }'}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    x: 11
    """

  Scenario: end leaves the workflow
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
            - a:
                set: {x: 1}
                then: end
      - c:
          set: {x: 10}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    x: 1
    """

  Scenario: switch takes the case of red
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - pick:
          switch:
            - r: {when: '.color == "red"', then: setRed}
            - b: {when: '.color == "blue"', then: setBlue}
            - d: {then: setNone}
      - setRed:
          set: {hex: '#FF0000'}
          then: end
      - setBlue:
          set: {hex: '#0000FF'}
          then: end
      - setNone:
          set: {hex: none}
    """
    And given the workflow input is:
    """yaml
    color: red
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    hex: '#FF0000'
    """

  Scenario: switch takes the case of blue
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - pick:
          switch:
            - r: {when: '.color == "red"', then: setRed}
            - b: {when: '.color == "blue"', then: setBlue}
            - d: {then: setNone}
      - setRed:
          set: {hex: '#FF0000'}
          then: end
      - setBlue:
          set: {hex: '#0000FF'}
          then: end
      - setNone:
          set: {hex: none}
    """
    And given the workflow input is:
    """yaml
    color: blue
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    hex: '#0000FF'
    """

  Scenario: switch takes the case of pink
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - pick:
          switch:
            - r: {when: '.color == "red"', then: setRed}
            - b: {when: '.color == "blue"', then: setBlue}
            - d: {then: setNone}
      - setRed:
          set: {hex: '#FF0000'}
          then: end
      - setBlue:
          set: {hex: '#0000FF'}
          then: end
      - setNone:
          set: {hex: none}
    """
    And given the workflow input is:
    """yaml
    color: pink
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    hex: none
    """

  Scenario: switch without a matching case goes on
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - pick:
          switch:
            - r: {when: .no, then: end}
      - next:
          set: {went: on}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    went: 'on'
    """

  Scenario: for with names, index and while
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - loop:
          for: {each: n, in: .ns, at: i}
          while: $n < 3
          do:
            - add:
                set: {ns: '${ .ns }', sum: '${ .sum + $n * ($i + 1) }'}
          output: {as: .sum}
    """
    And given the workflow input is:
    """yaml
    ns: [1, 2, 3, 4]
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    5
    """

  Scenario: for over nothing gives its input
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - loop:
          for: {in: .none}
          do:
            - a:
                set: {x: 1}
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

  Scenario: fork gives the outputs in the order of the branches
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - both:
          fork:
            branches:
              - slow:
                  do:
                    - w:
                        wait: {seconds: 9}
                    - s:
                        set: {who: slow}
              - fast:
                  set: {who: fast}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    - who: slow
    - who: fast
    """
    And slow should complete

  Scenario: fork with compete gives the first, and cancels the rest
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - race:
          fork:
            compete: true
            branches:
              - slow:
                  wait: {seconds: 9}
              - fast:
                  do:
                    - w:
                        wait: {seconds: 1}
                    - s:
                        set: {who: fast}
    """
    When the workflow is executed
    Then the workflow should complete with output:
    """yaml
    who: fast
    """
    And slow should cancel

  Scenario: a failing branch faults the fork
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - both:
          fork:
            branches:
              - bad:
                  raise: {error: {type: 'https://e.com/bad', status: 418}}
              - slow:
                  wait: {seconds: 9}
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://e.com/bad
    status: 418
    """
    And slow should cancel

  Scenario: a run that never ends is stopped
    Given a workflow with definition:
    """yaml
    document:
      dsl: '1.0.3'
      namespace: default
      name: feature
      version: '1.0.0'
    do:
      - a:
          set: {x: 1}
          then: a
    """
    When the workflow is executed
    Then the workflow should fault with error:
    """yaml
    type: https://serverlessworkflow.io/spec/1.0.0/errors/runtime
    """
