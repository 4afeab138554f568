import java.io.File;
import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/** The local files of the test's Spark, without permissions: Hadoop starts a `chmod` process for every file and folder
 *  it makes, a hundred a micro-batch, which takes more time than the queries do. */
public class LocalFiles extends RawLocalFileSystem {
    @Override
    public void setPermission(Path path, FsPermission permission) {
        // As the process made it.
    }

    @Override
    protected boolean mkOneDirWithMode(Path path, File folder, FsPermission permission) throws IOException {
        return folder.mkdir() || folder.isDirectory();
    }
}
