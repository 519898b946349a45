"""WeCom: group robot, application messages, template cards that are decided there, people, login, callbacks.

Every failure is a code in the body of an HTTP 200, and a message of which some recipients were refused is a success.
"""

from perennial.channels.wecom.app import App, AppAccount
from perennial.channels.wecom.callbacks import Callback
from perennial.channels.wecom.messages import Button, Card, send, send_card, update_card
from perennial.channels.wecom.people import Department, Person, departments, find_person, people, sign_in, sign_in_url
from perennial.channels.wecom.robot import Robot, RobotAccount

__all__ = [
    "App",
    "AppAccount",
    "Button",
    "Callback",
    "Card",
    "Department",
    "Person",
    "Robot",
    "RobotAccount",
    "departments",
    "find_person",
    "people",
    "send",
    "send_card",
    "sign_in",
    "sign_in_url",
    "update_card",
]
