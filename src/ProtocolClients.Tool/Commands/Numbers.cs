using System.CommandLine.Parsing;
using System.Globalization;

namespace ProtocolClients.Tool;

/// <summary>
/// Numbers that a person typed. Read here, because a validator of System.CommandLine that asks for the value of what is no
/// number throws, and because its numbers follow the locale: in Germany, 0.5 would be five.
/// </summary>
internal static class Numbers
{
    /// <summary>A whole number from zero to <paramref name="most"/>; anything else is the error <paramref name="expected"/>.</summary>
    public static Func<ArgumentResult, int> Whole(int most, string expected) => result =>
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= most) return value;
        result.AddError(expected);
        return 0;
    };

    /// <summary>A whole number from one to <paramref name="most"/>.</summary>
    public static Func<ArgumentResult, int> From1(int most, string expected) => result =>
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1 && value <= most) return value;
        result.AddError(expected);
        return 1;
    };

    /// <summary>Seconds, with a decimal point or without, above zero and at most a million.</summary>
    public static Func<ArgumentResult, double?> Seconds(string expected) => result =>
    {
        if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value is > 0 and < 1e6)
            return value;
        result.AddError(expected);
        return null;
    };

    /// <summary>Bytes, with k, M, G or T behind them for powers of 1024, as curl and wget read them.</summary>
    public static Func<ArgumentResult, long?> Size(string expected) => result =>
    {
        if (TrySize(result.Tokens[0].Value, out long value)) return value;
        result.AddError(expected);
        return null;
    };

    internal static bool TrySize(string text, out long value)
    {
        value = 0;
        if (text.Length == 0) return false;
        int shift = char.ToLowerInvariant(text[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        ReadOnlySpan<char> digits = shift > 0 ? text.AsSpan(0, text.Length - 1) : text;
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) || number <= 0 || number >= 1L << 40) return false;
        number *= 1L << shift;
        if (number > long.MaxValue / 2) return false;
        value = (long)number;
        return value > 0;
    }
}
