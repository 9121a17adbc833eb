using System.Globalization;

namespace ProtocolClients.Testing;

/// <summary>How servers of many kinds write a line of LIST.</summary>
internal static class FtpListings
{
    private static readonly string[] Months = CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames;

    public static string Line(MockFtpEntry entry, DateTimeOffset now, TimeZoneInfo zone) => Unix(entry, now, zone);

    private static string Unix(MockFtpEntry entry, DateTimeOffset now, TimeZoneInfo zone)
    {
        string links = entry.IsDirectory ? "2" : "1";
        long size = entry.IsDirectory ? 4096 : entry.Kind == MockFtpEntryKind.Link ? entry.Target?.Length ?? 0 : entry.Size;
        string name = entry.Kind == MockFtpEntryKind.Link ? $"{entry.Name} -> {entry.Target}" : entry.Name;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Permissions(entry)} {links,4} {entry.Owner,-8} {entry.Group,-8} {size,12} {UnixTime(entry.Modified, now, zone)} {name}");
    }

    // The last half year with the time, the rest with the year, as ls does.
    private static string UnixTime(DateTimeOffset modified, DateTimeOffset now, TimeZoneInfo zone)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(modified, zone);
        bool isRecent = modified <= now && now - modified < TimeSpan.FromDays(180);
        string end = local.ToString(isRecent ? "HH:mm" : " yyyy", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{Months[local.Month - 1]} {local.Day,2} {end}");
    }

    private static string Permissions(MockFtpEntry entry)
    {
        Span<char> text = stackalloc char[10];
        text[0] = entry.Kind switch { MockFtpEntryKind.Directory => 'd', MockFtpEntryKind.Link => 'l', _ => '-' };
        int mode = (int)entry.Permissions;
        for (int i = 0; i < 9; i++) text[i + 1] = (mode >> (8 - i) & 1) == 1 ? "rwx"[i % 3] : '-';
        return text.ToString();
    }
}
