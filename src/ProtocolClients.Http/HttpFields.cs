using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;

namespace ProtocolClients;

#pragma warning disable CA1710 // "Fields" is the RFC's own word for what this is (RFC 9110 §5).
/// <summary>
/// The fields of a head, in the order they came, names compared without case (RFC 9110 §5.1). Read-only; a field that was
/// sent several times stands here several times.
/// </summary>
public sealed class HttpFields : IReadOnlyCollection<KeyValuePair<string, string>>
#pragma warning restore CA1710
{
    private readonly HttpHeaders? _head;
    private readonly HttpHeaders? _content;
    private List<KeyValuePair<string, string>>? _fields;

    /// <summary>Keeps fields.</summary>
    /// <param name="fields">Names and values in order.</param>
    public HttpFields(IEnumerable<KeyValuePair<string, string>> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        _fields = [.. fields];
    }

    /// <summary>The handler's own fields: the list is made when somebody walks it, since most callers look up one or two.</summary>
    internal HttpFields(HttpHeaders head, HttpHeaders? content = null)
    {
        _head = head;
        _content = content;
    }

    /// <summary>No fields.</summary>
    public static HttpFields Empty { get; } = new(Array.Empty<KeyValuePair<string, string>>());

    private List<KeyValuePair<string, string>> Fields => _fields ??= List();

    /// <inheritdoc/>
    public int Count => Fields.Count;

    /// <summary>The value of a field; several of one name are joined with <c>, </c> (RFC 9110 §5.3). Null when it is not there.</summary>
    /// <param name="name">The field's name, in any case.</param>
    public string? this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            if (_fields is null) return Joined(_head, name) ?? Joined(_content, name);
            string? first = null;
            foreach (KeyValuePair<string, string> field in _fields)
            {
                if (!string.Equals(field.Key, name, StringComparison.OrdinalIgnoreCase)) continue;
                first = first is null ? field.Value : first + ", " + field.Value;
            }

            return first;
        }
    }

    /// <summary>Every value of a field, in order.</summary>
    /// <param name="name">The field's name, in any case.</param>
    public IEnumerable<string> All(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _fields is null
            ? Values(_head, name) is { Count: > 0 } values ? values : Values(_content, name)
            : _fields.Where(field => string.Equals(field.Key, name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value);
    }

    /// <summary>The value of a field that is a date (RFC 9110 §5.6.7), in one of its three forms; null when it is not there, or none.</summary>
    /// <param name="name">The field's name, in any case.</param>
    public DateTimeOffset? Date(string name) => HttpText.TryDate(this[name], out DateTimeOffset date) ? date : null;

    /// <summary>The joined value of a field, when it is there.</summary>
    /// <param name="name">The field's name, in any case.</param>
    /// <param name="value">The value.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out string? value) => (value = this[name]) is not null;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => Fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // A field stands in one of the two: the platform keeps what describes a body apart.
    private static HeaderStringValues Values(HttpHeaders? headers, string name) =>
        headers is not null && headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values : default;

    private static string? Joined(HttpHeaders? headers, string name)
    {
        HeaderStringValues values = Values(headers, name);
        return values.Count switch
        {
            0 => null,
            1 => values.ToString(),
            _ => string.Join(", ", values),
        };
    }

    private List<KeyValuePair<string, string>> List()
    {
        var fields = new List<KeyValuePair<string, string>>(16);
        Add(fields, _head);
        Add(fields, _content);
        return fields;
    }

    private static void Add(List<KeyValuePair<string, string>> fields, HttpHeaders? headers)
    {
        if (headers is null) return;
        foreach (KeyValuePair<string, HeaderStringValues> header in headers.NonValidated)
        {
            foreach (string value in header.Value) fields.Add(new(header.Key, value));
        }
    }
}
