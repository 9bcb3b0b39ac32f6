"""`python -m certportal.local_postgres start|stop|status|psql`."""

from __future__ import annotations

import sys

from certportal.local_postgres.programs import LocalPostgresError, default_base
from certportal.local_postgres.server import Cluster

_USAGE = "Use: python -m certportal.local_postgres start|stop|status|psql [arguments of psql]\n"


def main(arguments: list[str]) -> int:
    """Do what the first argument says; 0 when it worked or, for `status`, when it runs."""
    cluster = Cluster(default_base())
    match arguments:
        case ["start"]:
            sys.stdout.write(f"running: {cluster.start().host}\n")
        case ["stop"]:
            # The tests' server ends with them, unless somebody killed them.
            for base in (default_base(), default_base().with_name("pg-test")):
                Cluster(base).stop()
        case ["status"]:
            running = cluster.is_ready()
            sys.stdout.write(f"{'running' if running else 'not running'}: {cluster.data_dir}\n")
            return 0 if running else 3
        case ["psql", *rest]:
            cluster.start()
            return cluster.psql(*rest)
        case _:
            sys.stderr.write(_USAGE)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except LocalPostgresError as error:
        sys.exit(str(error))
