"""Tests that run PaddleClas itself, unedited: only where ``PADDLECLAS`` names a checkout of it."""
