using System.Buffers;
using System.Text;

namespace ProtocolClients;

/// <summary>A variable of an expression, with its modifier (RFC 6570 §2.3, §2.4).</summary>
/// <param name="Name">Its name.</param>
/// <param name="Prefix">The most characters taken; 0 for all.</param>
/// <param name="Explode">Whether each member of a list or map becomes a variable of its own.</param>
internal readonly record struct TemplateVariable(string Name, int Prefix, bool Explode);

/// <summary>How an operator expands (the table of RFC 6570 appendix A).</summary>
/// <param name="First">Before the first variable.</param>
/// <param name="Separator">Before each further one.</param>
/// <param name="Named">Whether the names stand before the values.</param>
/// <param name="IfEmpty">What follows the name of an empty value.</param>
/// <param name="Reserved">Whether reserved characters and encoded bytes stay.</param>
internal sealed record TemplateOperator(string First, char Separator, bool Named, string IfEmpty, bool Reserved)
{
    private static readonly TemplateOperator Simple = new("", ',', false, "", false);
    private static readonly TemplateOperator Plus = new("", ',', false, "", true);
    private static readonly TemplateOperator Fragment = new("#", ',', false, "", true);
    private static readonly TemplateOperator Label = new(".", '.', false, "", false);
    private static readonly TemplateOperator Path = new("/", '/', false, "", false);
    private static readonly TemplateOperator Parameters = new(";", ';', true, "", false);
    private static readonly TemplateOperator Query = new("?", '&', true, "=", false);
    private static readonly TemplateOperator Continuation = new("&", '&', true, "=", false);

    /// <summary>The operator of a character; null when the character is none.</summary>
    public static TemplateOperator? Of(char c) => c switch
    {
        '+' => Plus,
        '#' => Fragment,
        '.' => Label,
        '/' => Path,
        ';' => Parameters,
        '?' => Query,
        '&' => Continuation,
        _ => null,
    };

    public static TemplateOperator None => Simple;
}

/// <summary>A literal, or an expression.</summary>
internal sealed class TemplatePart
{
    private static readonly SearchValues<char> Unreserved = SearchValues.Create(PercentText.Unreserved);
    private static readonly SearchValues<char> WithReserved = SearchValues.Create(PercentText.Unreserved + PercentText.Reserved);

    public TemplatePart(string literal)
    {
        // A literal is copied, and what no URL may have is encoded (RFC 6570 §3.1).
        var encoded = new StringBuilder(literal.Length);
        PercentText.Append(encoded, literal, WithReserved, triplets: true);
        Literal = encoded.ToString();
    }

    public TemplatePart(TemplateOperator kind, TemplateVariable[] variables)
    {
        Operator = kind;
        Variables = variables;
    }

    /// <summary>The text as it stands in the expansion; null for an expression.</summary>
    public string? Literal { get; }

    public TemplateOperator Operator { get; } = TemplateOperator.None;

    public TemplateVariable[] Variables { get; } = [];

    public void AppendTo(StringBuilder target, IReadOnlyDictionary<string, TemplateValue> values)
    {
        if (Literal is not null)
        {
            target.Append(Literal);
            return;
        }

        bool first = true;
        foreach (TemplateVariable variable in Variables)
        {
            if (!values.TryGetValue(variable.Name, out TemplateValue value) || value.IsUndefined) continue;
            if (first) target.Append(Operator.First);
            else target.Append(Operator.Separator);
            first = false;
            Append(target, variable, value);
        }
    }

    // RFC 6570 §3.2.1
    private void Append(StringBuilder target, TemplateVariable variable, TemplateValue value)
    {
        if (value.Text is { } text)
        {
            AppendName(target, variable.Name, text.Length == 0);
            AppendValue(target, Prefix(text, variable.Prefix));
            return;
        }

        if (variable.Prefix > 0)
        {
            throw new ArgumentException($"'{variable.Name}' has a prefix of {variable.Prefix} in the template: only text can be cut, not a list or a map.", variable.Name);
        }

        if (!variable.Explode) AppendName(target, variable.Name, empty: false);
        bool first = true;
        foreach (string item in value.Items ?? [])
        {
            if (!first) target.Append(variable.Explode ? Operator.Separator : ',');
            first = false;
            if (variable.Explode) AppendName(target, variable.Name, item.Length == 0);
            AppendValue(target, item);
        }

        foreach ((string key, string item) in value.Pairs ?? [])
        {
            if (!first) target.Append(variable.Explode ? Operator.Separator : ',');
            first = false;
            AppendValue(target, key);
            if (!variable.Explode) target.Append(',');
            else target.Append(Operator.Named && item.Length == 0 ? Operator.IfEmpty : "=");
            AppendValue(target, item);
        }
    }

    private void AppendName(StringBuilder target, string name, bool empty)
    {
        // A name has nothing that would need to be encoded.
        if (Operator.Named) target.Append(name).Append(empty ? Operator.IfEmpty : "=");
    }

    private void AppendValue(StringBuilder target, ReadOnlySpan<char> value) =>
        PercentText.Append(target, value, Operator.Reserved ? WithReserved : Unreserved, triplets: Operator.Reserved);

    // Characters, not bytes and not UTF-16 units (RFC 6570 §2.4.1).
    private static ReadOnlySpan<char> Prefix(string text, int length)
    {
        if (length == 0 || text.Length <= length) return text;
        int end = 0;
        for (int count = 0; count < length && end < text.Length; count++)
        {
            end += char.IsHighSurrogate(text[end]) && end + 1 < text.Length && char.IsLowSurrogate(text[end + 1]) ? 2 : 1;
        }

        return text.AsSpan(0, end);
    }
}
