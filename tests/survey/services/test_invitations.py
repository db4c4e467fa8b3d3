import pytest
from django.core import signing

from survey.errors import InvitationError
from survey.models import Participant, Study
from survey.services.invitations import invite, read_invitation
from tests.survey.studies import make_study

pytestmark = pytest.mark.django_db


def test_an_invitation_is_for_one_study_and_cannot_be_made_up():
    study = make_study()
    text = invite(study=study, origin=Participant.Origin.PILOT, label="p1")
    found = read_invitation(study=study, text=text)
    assert (found.origin, found.label) == ("pilot", "p1")
    with pytest.raises(InvitationError, match="to study 'textures', not to 'other'"):
        read_invitation(study=Study(slug="other"), text=text)
    with pytest.raises(InvitationError, match="not a signed invitation"):
        read_invitation(study=study, text=signing.dumps(["textures", "bot", "x"]))


@pytest.mark.parametrize(("origin", "label"), [("live", "a"), ("bot", ""), ("bot", "x" * 61)])
def test_only_named_bots_and_pilots_are_invited(origin, label):
    with pytest.raises(InvitationError, match="expected origin bot or pilot"):
        invite(study=Study(slug="s"), origin=origin, label=label)
