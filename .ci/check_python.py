"""Says in one sentence why this interpreter or machine cannot run datatool, and exits with 2; silent where it can.

It is run by whatever `python3` is, so it keeps to syntax that every Python 3 reads.
"""

import platform
import sys


def complaint(version, system, machine, has_venv):
    """The sentence, or None."""
    if not (3, 11) <= tuple(version[:2]) <= (3, 13):
        return (
            "datatool must have Python 3.11, 3.12 or 3.13; got {0}.{1}."
            " Hint: name one that is installed, as in make test PYTHON=python3.12."
        ).format(*version[:2])
    if (system, machine) != ("Linux", "x86_64"):
        return "datatool must have Linux on x86_64; got {0} on {1}.".format(system, machine)
    if not has_venv:
        return "datatool must have Python's venv and ensurepip; got neither. Hint: apt-get install python3-venv."
    return None


def main():
    """Judge the running interpreter."""
    try:
        import ensurepip
        import venv

        has_venv = bool(ensurepip and venv)
    except ImportError:
        has_venv = False
    sentence = complaint(sys.version_info, platform.system(), platform.machine(), has_venv)
    if sentence:
        sys.stderr.write(sentence + "\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
