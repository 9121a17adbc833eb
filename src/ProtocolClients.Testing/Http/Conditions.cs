using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ProtocolClients.Testing;

/// <summary>Conditional requests, in the order of RFC 9110 §13.2.2.</summary>
internal static class Conditions
{
    /// <summary>The status that ends the request (304 or 412); null when it goes on.</summary>
    public static int? Check(HttpRequest request, MockFile file)
    {
        string match = request.Headers.IfMatch.ToString();
        if (match.Length > 0)
        {
            if (!Lists(match, file.EntityTag, weak: false)) return StatusCodes.Status412PreconditionFailed;
        }
        else if (Date(request.Headers.IfUnmodifiedSince.ToString()) is { } unmodified && Seconds(file.Modified) > unmodified)
        {
            return StatusCodes.Status412PreconditionFailed;
        }

        string noneMatch = request.Headers.IfNoneMatch.ToString();
        if (noneMatch.Length > 0) return Lists(noneMatch, file.EntityTag, weak: true) ? StatusCodes.Status304NotModified : null;
        bool unchanged = Date(request.Headers.IfModifiedSince.ToString()) is { } since && Seconds(file.Modified) <= since;
        return unchanged ? StatusCodes.Status304NotModified : null;
    }

    /// <summary>Whether a change goes on: of what is there, or of what is not there yet (RFC 9110 §13.1.1, §13.1.2).</summary>
    public static bool AllowChange(HttpRequest request, MockFile? file)
    {
        string match = request.Headers.IfMatch.ToString();
        if (match.Length > 0 && (file is null || !Lists(match, file.EntityTag, weak: false))) return false;
        if (match.Length == 0 && file is not null && Date(request.Headers.IfUnmodifiedSince.ToString()) is { } unmodified
            && Seconds(file.Modified) > unmodified) return false;
        string noneMatch = request.Headers.IfNoneMatch.ToString();
        return noneMatch.Length == 0 || file is null || !Lists(noneMatch, file.EntityTag, weak: true);
    }

    /// <summary>Whether If-Range lets the Range field count (RFC 9110 §13.1.5): the strong tag, or exactly the date.</summary>
    public static bool AllowRange(HttpRequest request, MockFile file)
    {
        string field = request.Headers.IfRange.ToString();
        if (field.Length == 0) return true;
        return field.Contains('"', StringComparison.Ordinal)
            ? string.Equals(field, file.EntityTag, StringComparison.Ordinal)
            : Date(field) == Seconds(file.Modified);
    }

    private static bool Lists(string field, string tag, bool weak) => field.Split(',').Any(each =>
    {
        string candidate = each.Trim();
        if (weak && candidate.StartsWith("W/", StringComparison.Ordinal)) candidate = candidate[2..];
        return candidate is "*" || string.Equals(candidate, tag, StringComparison.Ordinal);
    });

    private static DateTimeOffset? Date(string field) =>
        DateTimeOffset.TryParseExact(field, "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? date
            : null;

    private static DateTimeOffset Seconds(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
