namespace ProtocolClients;

/// <summary>One link of a Link field (RFC 8288 §3): where it leads, from where, and what the one is to the other.</summary>
public sealed record HttpLink
{
    internal HttpLink(string targetText, ValueList<string> relations)
    {
        TargetText = targetText;
        Relations = relations;
    }

    /// <summary>Where it leads, resolved and without userinfo; null when it is no URL, or relative with nothing to resolve it against.</summary>
    public Uri? Target { get; internal init; }

    /// <summary>The target as it was sent.</summary>
    public string TargetText { get; }

    /// <summary>What the target is to the context: relation types in lower case, for example <c>next</c>, or URLs. Never empty.</summary>
    public ValueList<string> Relations { get; }

    /// <summary>
    /// Where the link starts from, resolved; null for the answer's own URL. A link with an anchor speaks of another resource (RFC 8288 §3.2).
    /// </summary>
    public Uri? Anchor { get; internal init; }

    /// <summary>Whether the link has an anchor parameter, resolvable or not.</summary>
    public bool HasAnchor { get; internal init; }

    /// <summary>The target's title: <c>title*</c> before <c>title</c>; null for none.</summary>
    public string? Title { get; internal init; }

    /// <summary>A hint at the target's media type; null for none.</summary>
    public string? MediaType { get; internal init; }

    /// <summary>A hint at the medium that the target is for (<c>media</c>); null for none.</summary>
    public string? Media { get; internal init; }

    /// <summary>Hints at the target's languages (<c>hreflang</c>), in order.</summary>
    public ValueList<string> Languages { get; internal init; } = [];

    /// <summary>Every parameter in order, names in lower case, values unquoted and otherwise as they were sent.</summary>
    public ValueList<(string Name, string Value)> Parameters { get; internal init; } = [];

    /// <summary>Whether the target is that to the context.</summary>
    /// <param name="relation">The relation type; case does not count (RFC 8288 §2.1).</param>
    public bool Is(string relation)
    {
        ArgumentNullException.ThrowIfNull(relation);
        foreach (string each in Relations)
        {
            if (string.Equals(each, relation, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
