"""Who may call a method: the option `notewire.access` of the contract, read when the method is registered."""

from google.protobuf.descriptor import MethodDescriptor

from notewire_proto import access_pb2
from notewire_proto.access_pb2 import ADMIN, PUBLIC, SERVICE, SIGNED_IN, Access
from service_kit.errors import PermissionDenied, Unauthenticated
from service_kit.rpc.caller import Caller, Role


def access_of(method: MethodDescriptor) -> Access.ValueType:
    """Who may call the method. Raises ValueError when the contract does not say."""
    access: Access.ValueType = method.GetOptions().Extensions[access_pb2.access]
    if access not in {PUBLIC, SIGNED_IN, ADMIN, SERVICE}:
        raise ValueError(f"{method.full_name} has no option (notewire.access): nobody may call it")
    return access


def admits_everybody(access: Access.ValueType) -> bool:
    """Whether no caller has to be asked. What is for services is kept apart by the listener that leads to it."""
    return access in {PUBLIC, SERVICE}


def check_access(access: Access.ValueType, caller: Caller) -> None:
    """Raises Unauthenticated for nobody, and PermissionDenied for somebody who may not, unless everybody may."""
    if admits_everybody(access):
        return
    if caller.user_id is None:
        raise Unauthenticated("sign in first")
    if access == ADMIN and caller.role is not Role.ADMIN:
        raise PermissionDenied("only admins may do that")
