import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.File;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * A call as the contestants in Java read it: the three selected fields and the joined description as one text, which is
 * the row of the distinct. It begins with the type, which is counted by. Jackson's streaming parser; no tree is built.
 */
final class Call {
    private static final JsonFactory JSON = new JsonFactory();
    private static final char PARTED_BY = '\u0001';
    private static final String NULL = "\u0002";
    private static final String[] NAMES = {"original_crime_type_name", "call_date_time", "disposition"};

    private Call() {}

    /** The radio codes: disposition to description. */
    static Map<String, String> codes(String path) throws IOException {
        Map<String, String> codes = new HashMap<>();
        try (JsonParser p = JSON.createParser(new File(path))) {
            String code = null;
            String description = null;
            for (JsonToken t = p.nextToken(); t != null; t = p.nextToken()) {
                if (t == JsonToken.END_OBJECT) {
                    codes.put(code, description);
                } else if (t == JsonToken.VALUE_STRING && p.currentName().equals("disposition_code")) {
                    code = p.getText();
                } else if (t == JsonToken.VALUE_STRING && p.currentName().equals("description")) {
                    description = p.getText();
                }
            }
        }
        return codes;
    }

    /** The row of a message; null where that is no JSON object. */
    static String row(byte[] json, Map<String, String> codes) {
        String[] found = new String[NAMES.length];
        try (JsonParser p = JSON.createParser(json)) {
            if (p.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (p.nextToken() == JsonToken.FIELD_NAME) {
                String name = p.currentName();
                JsonToken value = p.nextToken();
                for (int i = 0; i < NAMES.length; i++) {
                    if (NAMES[i].equals(name)) {
                        found[i] = value == JsonToken.VALUE_NULL ? null : p.getText();
                    }
                }
                p.skipChildren();
            }
            if (p.currentToken() != JsonToken.END_OBJECT || p.nextToken() != null) {
                return null;
            }
        } catch (IOException notJson) {
            return null;
        }
        StringBuilder row = new StringBuilder(80);
        for (String field : found) {
            row.append(field == null ? NULL : field).append(PARTED_BY);
        }
        String description = codes.get(found[2]);
        return row.append(description == null ? NULL : description).toString();
    }

    /** False where one of the three selected fields is null: such rows are dropped behind the distinct. */
    static boolean counts(String row) {
        return row.lastIndexOf(NULL, row.lastIndexOf(PARTED_BY)) < 0;
    }

    static String type(String row) {
        return row.substring(0, row.indexOf(PARTED_BY));
    }
}
