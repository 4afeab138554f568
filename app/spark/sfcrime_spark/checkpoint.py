"""The checkpoint's folder: that everybody shares it, and that it is this query's. Files by Hadoop, so URLs will do."""
from __future__ import annotations

import json
import os
import shutil
import tempfile
from typing import Any, Optional

from .errors import JobError, SettingsError
from .session import first_line
from .settings import Settings

NOTE = "sfcrime-tui.json"


class Checkpoint:
    """`location` is what Spark is given. A temporary one is gone after remove()."""

    def __init__(self, spark: Any, s: Settings) -> None:
        self.spark, self.settings = spark, s
        self.temporary: Optional[str] = None
        if s.checkpoint is None:
            self.temporary = tempfile.mkdtemp(prefix="sfcrime-spark-")
            self.location = "file://" + self.temporary
        elif "://" in s.checkpoint or s.checkpoint.startswith("file:"):
            self.location = s.checkpoint
        else:
            self.location = "file://" + os.path.abspath(os.path.expanduser(s.checkpoint))
        self.conf = spark._jsc.hadoopConfiguration()

    def open(self) -> None:
        """Refuses a folder of another query or program; makes a new one ours."""
        mine = self.settings.identity()
        try:
            files = self._path("").getFileSystem(self.conf)
            files.mkdirs(self._path(""))
            noted = files.exists(self._path(NOTE))
            used = files.exists(self._path("metadata")) or files.exists(self._path("offsets"))
            text = self._read(files) if noted else ""
            if not noted and not used:
                self._write(files, self._path(NOTE), json.dumps(mine, indent=1) + "\n")
        except Exception as error:
            raise JobError(f"the checkpoint {self.location} cannot be opened: {first_line(error)}") from None
        if not noted and used:
            raise SettingsError(f"[spark] checkpoint {self.location} is of another program (perhaps of the native "
                                "engine, whose state Spark cannot read); name an empty folder")
        if noted:
            self._compare(mine, text)

    def _compare(self, mine: dict, text: str) -> None:
        try:
            theirs = json.loads(text)
        except ValueError:
            raise SettingsError(f"{self.location}/{NOTE} is damaged; name an empty folder") from None
        for name, value in mine.items():
            if theirs.get(name) != value:
                raise SettingsError(f"[spark] checkpoint {self.location} is of a query with {name} = "
                                    f"{theirs.get(name)!r}, not {value!r}: change it back, or name an empty folder")

    def check_shared(self) -> None:
        """Every executor must see what the driver writes there; else state would be lost without a word."""
        if self.settings.master.startswith("local"):
            return
        name = "shared-by-all"
        # Reading is the executors' work; as many tasks as there are cores reach all of them, near enough.
        tasks = max(2, self.spark.sparkContext.defaultParallelism)
        path = self._path(name)
        try:
            files = path.getFileSystem(self.conf)
            self._write(files, path, "seen\n" * tasks)
        except Exception as error:
            raise JobError(f"the checkpoint {self.location} cannot be written: {first_line(error)}") from None
        try:
            self.spark.sparkContext._jsc.textFile(path.toString(), tasks).count()
        except Exception as error:
            raise JobError(f"[spark] checkpoint {self.location}: the workers do not see the driver's file there "
                           f"({first_line(error)}); name a folder or URL that all machines share") from None
        finally:
            files.delete(path, False)

    def remove(self) -> None:
        if self.temporary:
            shutil.rmtree(self.temporary, ignore_errors=True)

    def _path(self, name: str) -> Any:
        return self.spark._jvm.org.apache.hadoop.fs.Path(f"{self.location}/{name}" if name else self.location)

    def _read(self, files: Any) -> str:
        stream = files.open(self._path(NOTE))
        try:
            return self.spark._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8")
        finally:
            stream.close()

    def _write(self, files: Any, path: Any, text: str) -> None:
        stream = files.create(path, True)
        try:
            stream.write(text.encode())
        finally:
            stream.close()
