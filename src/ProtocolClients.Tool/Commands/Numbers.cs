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

    /// <summary>Seconds, with a decimal point or without, above zero and at most a million.</summary>
    public static Func<ArgumentResult, double?> Seconds(string expected) => result =>
    {
        if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value is > 0 and < 1e6)
            return value;
        result.AddError(expected);
        return null;
    };
}
