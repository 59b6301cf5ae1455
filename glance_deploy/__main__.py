"""`python -m glance_deploy`, for an environment that is there already."""

from glance_deploy.cli import main

raise SystemExit(main())
