"""placeholder, replaced below"""
import os
from contextlib import contextmanager
def prepare_environment(): pass
@contextmanager
def prepared_environment(argv):
    yield
import os
def prepare_test_environment():
    os.environ.setdefault("SECRET_KEY","x"); os.environ.setdefault("REDIS_URL","redis://127.0.0.1:6399/1")
    os.environ.setdefault("DATABASE_URL","postgres://prm_owner:o@127.0.0.1:5499/prm"); os.environ.setdefault("DATABASE_APP_URL","postgres://prm_app:a@127.0.0.1:5499/prm")
    os.environ.setdefault("PRM_DATA_DIR","/tmp/prm/data")
