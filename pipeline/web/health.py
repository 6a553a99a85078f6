"""Is the process alive, and can it work? For supervisors; no sign-in, and nothing about the documents."""

import logging

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from pipeline.desk import Desk
from pipeline.store.tables import meta
from pipeline.web.problems import Unavailable

router = APIRouter(tags=["health"])
log = logging.getLogger("belegfluss")


@router.get("/healthz", summary="The process answers")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", summary="Database and storage answer too; else 503")
def readyz(request: Request) -> dict[str, str]:
    desk: Desk = request.app.state.desk
    try:
        with desk.database.read() as connection:
            connection.execute(select(meta.c.value).limit(1)).first()
    except SQLAlchemyError as problem:
        log.warning("not ready: %s", problem)
        raise Unavailable("The database does not answer.") from problem
    if not desk.home.folder.is_dir():
        raise Unavailable("The home folder is not there.")
    return {"status": "ok"}
