using System.Buffers;

namespace ProtocolClients.Transport;

/// <summary>Checks text that goes into commands, headers and URLs.</summary>
public static class WireText
{
    private static readonly SearchValues<char> Controls = SearchValues.Create("\r\n\0");

    /// <summary>True when a text has CR, LF or NUL: what would end a line early and smuggle in another.</summary>
    /// <param name="value">The text.</param>
    public static bool HasControls(ReadOnlySpan<char> value) => value.ContainsAny(Controls);

    /// <summary>Refuses text with CR, LF or NUL. Never shows the text: it may be a secret.</summary>
    /// <param name="value">The text.</param>
    /// <param name="what">What the text is, for the message, for example <c>path</c>.</param>
    /// <returns>The same text.</returns>
    /// <exception cref="ArgumentException">The text has CR, LF or NUL.</exception>
    public static string RefuseControls(string value, string what)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (HasControls(value)) throw new ArgumentException($"The {what} has a CR, LF or NUL character.", nameof(value));
        return value;
    }
}
