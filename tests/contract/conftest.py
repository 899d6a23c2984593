"""Every provider that is found, each with its counterpart."""

import pytest

from chalicelib import plugins
from tests.contract.provider_counterpart import Counterpart


@pytest.fixture(params=plugins.names("providers"), scope="module")
def company(request):
    return Counterpart(request.param)
