"""Tests of the small client against an emulated tenant."""

from urllib.error import HTTPError

import pytest
from client import devices


def test_every_device_comes_once(emulate):
    emulator = emulate("--devices", "23", "--page-size", "5")
    ids = [device["id"] for device in devices(emulator.root, emulator.token)]
    assert len(ids) == len(set(ids)) == 23


def test_a_throttled_page_is_not_lost(emulate):
    emulator = emulate("--devices", "23", "--page-size", "5", "--fault", "throttled@3*2=0.01")
    assert len(list(devices(emulator.root, emulator.token))) == 23


def test_the_token_goes_to_no_other_host(emulate):
    emulator = emulate("--fault", "look-alike-link")
    with pytest.raises(ValueError, match="another host"):
        list(devices(emulator.root, emulator.token))
    emulator = emulate("--fault", "redirect")
    with pytest.raises(HTTPError, match="302"):
        list(devices(emulator.root, emulator.token))


def test_states_of_your_own_are_served(emulate, tmp_path):
    states = tmp_path / "states.ndjson"
    states.write_text('{"id":"a","propertiesRequireAttention":["FirewallOff"]}\n')
    emulator = emulate("--states", str(states))
    [device] = devices(emulator.root, emulator.token)
    assert device["propertiesRequireAttention"] == ["FirewallOff"]
