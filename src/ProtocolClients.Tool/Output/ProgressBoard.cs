using System.Globalization;
using System.Text;

namespace ProtocolClients.Tool;

/// <summary>
/// The transfers that are under way, a line each, at the bottom of a terminal: redrawn in place, never wider than it is, with the lines of
/// what is done above them. Safe for many tasks.
/// </summary>
internal sealed class ProgressBoard(TextWriter output, Func<(int Width, int Height)> size, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    private const int MaxLines = 16;
    private const int MinName = 8;
    private const int MaxBar = 30;
    private const string Units = "BKMGTP";

    private readonly Lock _gate = new();
    private readonly List<Line> _lines = [];
    private int _drawn;
    private long _drawnAt;

    /// <summary>A line for a transfer, until it is disposed.</summary>
    /// <param name="name">What is transferred; escaped here.</param>
    public Line Add(string name)
    {
        var line = new Line(this, TerminalText.Escape(name));
        lock (_gate)
        {
            _lines.Add(line);
            Draw(force: true);
        }

        return line;
    }

    /// <summary>Prints a line that stays, above those that move.</summary>
    public void Print(string text)
    {
        lock (_gate)
        {
            Erase();
            output.WriteLine(text);
            Draw(force: true);
        }
    }

    /// <summary>One line's text, for a width: what matters least goes first when there is no room.</summary>
    internal static string Format(string name, TransferProgress progress, int width)
    {
        string amount = progress.Fraction is { } fraction
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(fraction * 100),3}% {Size(progress.Bytes)}")
            : Size(progress.Bytes);
        string rate = progress.Rate > 0 ? " " + Size((long)progress.Rate) + "/s" : string.Empty;
        string left = progress.Remaining is { } remaining ? " " + Duration(remaining) : string.Empty;
        string tail = " " + amount + rate + left;
        if (tail.Length + MinName > width) tail = " " + amount + rate;
        if (tail.Length + MinName > width) tail = " " + amount;
        if (tail.Length + MinName > width) tail = string.Empty;
        int room = width - tail.Length;
        int bar = progress.Fraction is not null ? Math.Min(MaxBar, room / 2) : 0;
        string drawn = bar >= 10 ? " " + Bar(progress.Fraction!.Value, bar - 1) : string.Empty;
        return Cut(name, room - drawn.Length) + drawn + tail;
    }

    internal static string Size(long bytes)
    {
        double value = bytes;
        int unit = 0;
        for (; value >= 1000 && unit < Units.Length - 1; unit++) value /= 1024;
        return unit == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes,4} B")
            : string.Create(CultureInfo.InvariantCulture, $"{value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "0", CultureInfo.InvariantCulture),4} {Units[unit]}");
    }

    private static string Duration(TimeSpan span) => span.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)Math.Min(span.TotalHours, 9999)}:{span:mm\\:ss}")
        : string.Create(CultureInfo.InvariantCulture, $"{span:mm\\:ss}");

    private static string Bar(double fraction, int width)
    {
        int done = (int)(fraction * (width - 2));
        return "[" + new string('#', done) + new string('-', width - 2 - done) + "]";
    }

    /// <summary>Padded, or with its middle left out; the columns of letters that are two wide are counted.</summary>
    private static string Cut(string name, int width)
    {
        if (width <= 0) return string.Empty;
        int columns = Columns(name);
        if (columns <= width) return name + new string(' ', width - columns);
        var cut = new StringBuilder();
        int used = 0;
        foreach (Rune rune in name.EnumerateRunes())
        {
            int wide = Columns(rune);
            if (used + wide > width - 1) break;
            cut.Append(rune);
            used += wide;
        }

        return cut.Append('~').Append(' ', width - 1 - used).ToString();
    }

    private static int Columns(string text)
    {
        int columns = 0;
        foreach (Rune rune in text.EnumerateRunes()) columns += Columns(rune);
        return columns;
    }

    // Letters of East Asia and emoji take two columns; nearly enough, and never too few.
    private static int Columns(Rune rune) => rune.Value is (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0xa4cf) or (>= 0xac00 and <= 0xd7a3)
        or (>= 0xf900 and <= 0xfaff) or (>= 0xfe30 and <= 0xfe6f) or (>= 0xff00 and <= 0xffe6) or >= 0x1f300 ? 2 : 1;

    private void Changed(Line line, TransferProgress progress)
    {
        lock (_gate)
        {
            line.Progress = progress;
            Draw(force: false);
        }
    }

    private void Remove(Line line)
    {
        lock (_gate)
        {
            if (_lines.Remove(line)) Draw(force: true);
        }
    }

    private void Draw(bool force)
    {
        long now = time.GetTimestamp();
        if (!force && time.GetElapsedTime(_drawnAt, now) < Every) return;
        _drawnAt = now;
        (int width, int height) = size();
        var frame = new StringBuilder();
        AppendErase(frame);
        // The last column stays free: some terminals wrap as soon as it is filled.
        int most = Math.Clamp(height - 1, 1, MaxLines);
        int shown = _lines.Count > most ? most - 1 : _lines.Count;
        for (int i = 0; i < shown; i++) frame.Append(Format(_lines[i].Name, _lines[i].Progress, Math.Max(width - 1, 1))).Append('\n');
        if (shown < _lines.Count) frame.Append(Cut(string.Create(CultureInfo.InvariantCulture, $"and {_lines.Count - shown} more"), Math.Max(width - 1, 1))).Append('\n');
        _drawn = Math.Min(_lines.Count, most);
        output.Write(frame.ToString());
        output.Flush();
    }

    private void Erase()
    {
        var frame = new StringBuilder();
        AppendErase(frame);
        output.Write(frame.ToString());
        _drawn = 0;
    }

    private void AppendErase(StringBuilder frame)
    {
        if (_drawn == 0) return;
        // Up to the first line that moves, and away with all below.
        frame.Append(CultureInfo.InvariantCulture, $"\u001b[{_drawn}A\r\u001b[J");
    }

    /// <summary>One transfer's line.</summary>
    internal sealed class Line(ProgressBoard board, string name) : IProgress<TransferProgress>, IDisposable
    {
        public string Name => name;

        public TransferProgress Progress { get; set; }

        public void Report(TransferProgress value) => board.Changed(this, value);

        public void Dispose() => board.Remove(this);
    }
}
