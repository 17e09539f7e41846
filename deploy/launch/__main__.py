"""`python -m deploy.launch`: the same as `scopecast`."""

import sys

from deploy.launch.cli import main

sys.exit(main())
