import java.io.FileInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Reads a zip front to back, as a program does that takes it from a network: it sees no directory, and refuses stored entries
 * whose size comes after them. Prints a line per entry as sha256sum does. */
class ReadZip {
  public static void main(String[] args) throws Exception {
    var out = new java.io.PrintStream(System.out, true, "UTF-8");
    try (var zip = new ZipInputStream(new FileInputStream(args[0]))) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        var digest = MessageDigest.getInstance("SHA-256").digest(zip.readAllBytes());
        out.println(HexFormat.of().formatHex(digest) + "  " + entry.getName());
      }
    }
  }
}
