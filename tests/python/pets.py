"""A small workflow of one step, for what needs no more."""

import spola

PETS = """
openapi: 3.1.0
info: {title: Pets, version: "1"}
servers: [{url: https://pets.example}]
paths: {/pets: {get: {operationId: listPets}}}
"""
COUNT = {
    "arazzo": "1.0.1",
    "info": {"title": "Pets", "version": "1"},
    "sourceDescriptions": [{"name": "pets", "url": "pets.yaml"}],
    "workflows": [
        {
            "workflowId": "count",
            "inputs": {
                "type": "object",
                "properties": {"n": {}, "key": {"type": "string", "format": "password"}},
            },
            "steps": [
                {
                    "stepId": "list",
                    "operationId": "listPets",
                    "outputs": {"first": "$response.body#/0/name"},
                }
            ],
            "outputs": {"first": "$steps.list.outputs.first", "n": "$inputs.n"},
        }
    ],
}


def program() -> spola.Program:
    return spola.load(COUNT, sources={"pets": PETS})


def sent(run: spola.Run) -> spola.Send:
    while not isinstance(effect := run.poll(), spola.Send):
        assert effect is not None
    return effect


def answered(run: spola.Run) -> spola.Outcome:
    send = sent(run)
    run.feed(
        spola.Response(send.id, 200, {"Content-Type": "application/json"}, b'[{"name": "Rex"}]')
    )
    assert run.outcome is not None
    return run.outcome


def posting() -> spola.Program:
    """The same by a request that is not safe to repeat."""
    return spola.load(COUNT, sources={"pets": PETS.replace("get:", "post:")})
