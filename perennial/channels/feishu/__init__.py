"""Feishu: group robot, messages and cards of an application, tasks, people, login, events."""

from perennial.channels.feishu.app import App, AppAccount
from perennial.channels.feishu.callbacks import Callback, Challenge, Event
from perennial.channels.feishu.messages import card_of, send, send_card, update_card
from perennial.channels.feishu.people import Department, Person, departments, find_person, people, sign_in, sign_in_url
from perennial.channels.feishu.robot import Robot, RobotAccount
from perennial.channels.feishu.tasks import (
    Task,
    TaskState,
    complete_task,
    create_task,
    delete_task,
    read_task,
    update_task,
)

__all__ = [
    "App",
    "AppAccount",
    "Callback",
    "Challenge",
    "Department",
    "Event",
    "Person",
    "Robot",
    "RobotAccount",
    "Task",
    "TaskState",
    "card_of",
    "complete_task",
    "create_task",
    "delete_task",
    "departments",
    "find_person",
    "people",
    "read_task",
    "send",
    "send_card",
    "sign_in",
    "sign_in_url",
    "update_card",
    "update_task",
]
