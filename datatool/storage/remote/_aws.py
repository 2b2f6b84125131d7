"""Keys, region and endpoint from the shared files of AWS, which the client does not read by itself.

Format and places: AWS CLI User Guide, "Configuration and credential file settings".
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any, Final

_KEYS: Final = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
}


def aws_settings() -> dict[str, Any]:
    """Keyword arguments of an S3 store from a profile; none where the environment says all, or there is no file."""
    profile = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    held = _section("AWS_SHARED_CREDENTIALS_FILE", "credentials", profile)
    said = _section("AWS_CONFIG_FILE", "config", profile if profile == "default" else f"profile {profile}")
    found: dict[str, Any] = {}
    if not {"AWS_REGION", "AWS_DEFAULT_REGION"} & os.environ.keys() and "region" in said:
        found["region"] = said["region"]
    if not {"AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"} & os.environ.keys() and "endpoint_url" in said:
        found["endpoint"] = said["endpoint_url"]
    if "AWS_ENDPOINT_URL_S3" in os.environ:
        found["endpoint"] = os.environ["AWS_ENDPOINT_URL_S3"]
    if "AWS_ACCESS_KEY_ID" in os.environ:
        return found
    both = said | held
    if "aws_secret_access_key" in both:
        return found | {ours: both[name] for name, ours in _KEYS.items() if name in both}
    if any(name.startswith("sso_") or name in ("role_arn", "credential_process") for name in both):
        return found | _of_boto3()
    return found


def _of_boto3() -> dict[str, Any]:
    """What signs in for a profile, where boto3 is there."""
    if importlib.util.find_spec("boto3") is None:
        return {}
    from obstore.auth.boto3 import Boto3CredentialProvider

    return {"credential_provider": Boto3CredentialProvider()}


def _section(variable: str, name: str, section: str) -> dict[str, str]:
    import configparser

    file = Path(os.environ.get(variable) or Path.home() / ".aws" / name)
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}
    return dict(parser[section]) if parser.has_section(section) else {}
