using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ProtocolClients;

/// <summary>
/// A URI template (RFC 6570, level 4): <c>/{user}{?q*}</c>. Parsed once, expanded often, from many tasks; a template that is
/// malformed is refused when it is parsed, not half expanded.
/// </summary>
/// <remarks>
/// <c>UrlTemplate.Parse("/{user}/repos{?page,sort}").Expand(("user", "ann"), ("page", 2))</c> gives <c>/ann/repos?page=2</c>: what
/// has no value is left out.
/// </remarks>
public sealed class UrlTemplate
{
    private readonly string _text;
    private readonly TemplatePart[] _parts;

    private UrlTemplate(string text, TemplatePart[] parts)
    {
        _text = text;
        _parts = parts;
        Variables = [.. parts.SelectMany(static part => part.Variables).Select(static variable => variable.Name).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The names in the template, each once, in order.</summary>
    public IReadOnlyList<string> Variables { get; }

    /// <summary>Reads a template (RFC 6570 §2).</summary>
    /// <param name="template">The template.</param>
    /// <exception cref="FormatException">It is malformed; the message says what, and at which character.</exception>
    public static UrlTemplate Parse(string template) =>
        TryParse(template, out UrlTemplate? parsed, out string? error) ? parsed : throw new FormatException($"Not a URI template: {error}.");

    /// <summary>Reads a template (RFC 6570 §2).</summary>
    /// <param name="template">The template.</param>
    /// <param name="parsed">The template, when it is well-formed.</param>
    /// <param name="error">What is wrong with it otherwise, and at which character, as a clause.</param>
    public static bool TryParse(string template, [NotNullWhen(true)] out UrlTemplate? parsed, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(template);
        parsed = null;
        var parser = new TemplateParser(template);
        TemplatePart[]? parts = parser.Read(out error);
        if (parts is null)
        {
            error ??= string.Empty;
            return false;
        }

        error = null;
        parsed = new UrlTemplate(template, parts);
        return true;
    }

    /// <summary>
    /// Puts values into the template (RFC 6570 §3). A name without a value, with null, with an empty list or map, is left out
    /// with its separator; names that the template does not have are ignored.
    /// </summary>
    /// <param name="values">Names and values; strings, numbers, arrays of strings and of pairs convert by themselves.</param>
    /// <exception cref="ArgumentException">
    /// A name is given twice; a prefix (<c>{name:3}</c>) is asked of a list or map (RFC 6570 §2.4.1); a value has half a character.
    /// </exception>
    public string Expand(params ReadOnlySpan<(string Name, TemplateValue Value)> values)
    {
        var given = new Dictionary<string, TemplateValue>(values.Length, StringComparer.Ordinal);
        foreach ((string name, TemplateValue value) in values)
        {
            if (!given.TryAdd(name, value)) throw new ArgumentException($"'{name}' is given twice.", nameof(values));
        }

        return Expand(given);
    }

    /// <summary>Puts values into the template; see the other form.</summary>
    /// <param name="values">Values by name.</param>
    /// <exception cref="ArgumentException">A prefix is asked of a list or map; a value has half a character.</exception>
    public string Expand(IReadOnlyDictionary<string, TemplateValue> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var target = new StringBuilder(_text.Length + 32);
        foreach (TemplatePart part in _parts) part.AppendTo(target, values);
        return target.ToString();
    }

    /// <summary>
    /// The inverse, for templates whose expressions stand apart: finds the values that would give this text. Each variable is a
    /// string, taken up to the next literal of the template; explode and prefix modifiers, and two expressions with nothing between them
    /// that tells them apart, have no one inverse and match nothing; nor do templates of more than a hundred parts. Linear in the text.
    /// </summary>
    /// <param name="text">The text, for example the path and query of a request.</param>
    /// <param name="values">The values, decoded, by name; names that were left out are missing.</param>
    /// <returns>True when expanding the values gives the text again.</returns>
    public bool TryMatch(string text, [NotNullWhen(true)] out IReadOnlyDictionary<string, string>? values)
    {
        ArgumentNullException.ThrowIfNull(text);
        Dictionary<string, string>? found = TemplateMatcher.Match(_parts, text);
        values = null;
        // The proof that it is the inverse: what was found, expanded, is the text.
        if (found is null || Expand(found.ToDictionary(static pair => pair.Key, static pair => (TemplateValue)pair.Value, StringComparer.Ordinal)) != text) return false;
        values = found;
        return true;
    }

    /// <summary>The template's own text.</summary>
    public override string ToString() => _text;
}

/// <summary>A value for a variable of a <see cref="UrlTemplate"/>: text, a list, a map, or nothing (the default), which is left out.</summary>
public readonly struct TemplateValue : IEquatable<TemplateValue>
{
    private readonly object? _value;

    private TemplateValue(object? value) => _value = value;

    /// <summary>Whether there is nothing to expand: null, or a list or map without members (RFC 6570 §2.3).</summary>
    public bool IsUndefined => _value is null or string[] { Length: 0 } or KeyValuePair<string, string>[] { Length: 0 };

    internal string? Text => _value as string;

    internal string[]? Items => _value as string[];

    internal KeyValuePair<string, string>[]? Pairs => _value as KeyValuePair<string, string>[];

    /// <summary>A list. The members are copied.</summary>
    /// <param name="items">Its members in order; null members are left out.</param>
    public static TemplateValue List(params IEnumerable<string?> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return new TemplateValue(items.OfType<string>().ToArray());
    }

    /// <summary>A map, in order. The members are copied.</summary>
    /// <param name="pairs">Its names and values; pairs with a null value are left out.</param>
    public static TemplateValue Map(params IEnumerable<(string Name, string? Value)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return new TemplateValue(pairs.Where(static pair => pair.Value is not null).Select(static pair => KeyValuePair.Create(pair.Name, pair.Value!)).ToArray());
    }

    /// <summary>Text.</summary>
    /// <param name="text">The text; null for a value that is left out, which an empty one is not.</param>
    public static TemplateValue FromString(string? text) => new(text);

    /// <summary>A whole number, in decimal digits.</summary>
    /// <param name="number">The number.</param>
    public static TemplateValue FromInt64(long number) => new(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Text.</summary>
    /// <param name="text">The text; null for a value that is left out.</param>
    public static implicit operator TemplateValue(string? text) => FromString(text);

    /// <summary>A whole number, in decimal digits.</summary>
    /// <param name="number">The number.</param>
    public static implicit operator TemplateValue(long number) => FromInt64(number);

    /// <summary>A list.</summary>
    /// <param name="items">Its members; null for a value that is left out.</param>
    public static implicit operator TemplateValue(string[]? items) => items is null ? default : List(items);

    /// <summary>A map, in order.</summary>
    /// <param name="pairs">Its names and values; null for a value that is left out.</param>
    public static implicit operator TemplateValue((string Name, string? Value)[]? pairs) => pairs is null ? default : Map(pairs);

    /// <summary>A map.</summary>
    /// <param name="pairs">Its names and values; null for a value that is left out.</param>
    public static implicit operator TemplateValue(Dictionary<string, string>? pairs) =>
        pairs is null ? default : Map(pairs.Select(static pair => (pair.Key, (string?)pair.Value)));

    /// <summary>Whether two values expand alike.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">Another.</param>
    public static bool operator ==(TemplateValue left, TemplateValue right) => left.Equals(right);

    /// <summary>Whether two values do not expand alike.</summary>
    /// <param name="left">One value.</param>
    /// <param name="right">Another.</param>
    public static bool operator !=(TemplateValue left, TemplateValue right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(TemplateValue other) => (_value, other._value) switch
    {
        (null, null) => true,
        (string left, string right) => left == right,
        (string[] left, string[] right) => left.AsSpan().SequenceEqual(right),
        (KeyValuePair<string, string>[] left, KeyValuePair<string, string>[] right) => left.AsSpan().SequenceEqual(right),
        _ => false,
    };

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TemplateValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value switch
    {
        string text => string.GetHashCode(text, StringComparison.Ordinal),
        string[] items => items.Length,
        KeyValuePair<string, string>[] pairs => pairs.Length,
        _ => 0,
    };
}
