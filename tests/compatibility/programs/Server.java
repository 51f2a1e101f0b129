import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A TLS server by JSSE: PORT KEYSTORE. Says on its output which handshakes failed. */
public final class Server {
    private static final char[] PASSWORD = "password".toCharArray();

    public static void main(String[] arguments) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream file = new FileInputStream(arguments[1])) {
            store.load(file, PASSWORD);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(Integer.parseInt(arguments[0]), 50, InetAddress.getLoopbackAddress());
        while (true) {
            serve((SSLSocket) listener.accept());
        }
    }

    private static void serve(SSLSocket connection) {
        try (connection) {
            connection.startHandshake();
            connection.getInputStream().read();
        } catch (IOException error) {
            System.out.println("failed: " + error);
        }
    }
}
