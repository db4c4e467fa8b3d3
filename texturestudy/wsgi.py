import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "texturestudy.settings")
application = get_wsgi_application()
# What is loaded by now stays: the garbage collector need not walk through it during requests.
gc.collect()
gc.freeze()
# Threads wait for the database most of the time; one that is ready again should not wait 5 ms more.
sys.setswitchinterval(0.001)
