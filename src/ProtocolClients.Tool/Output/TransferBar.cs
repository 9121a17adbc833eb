using Spectre.Console;

namespace ProtocolClients.Tool;

/// <summary>Draws the progress of one transfer on standard error, where a person watches it.</summary>
internal static class TransferBar
{
    /// <summary>Runs a transfer under a bar, or without one.</summary>
    public static Task<T> RunAsync<T>(bool show, string title, Func<IProgress<TransferProgress>?, Task<T>> transfer)
    {
        if (!show) return transfer(null);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(TerminalText.Escape(title)));
                task.IsIndeterminate = true;
                T result = await transfer(new Bar(task));
                task.IsIndeterminate = false;
                task.MaxValue = Math.Max(task.Value, 1);
                task.Value = task.MaxValue;
                return result;
            });
    }

    private sealed class Bar(ProgressTask task) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value)
        {
            if (value.Total is > 0 and { } total)
            {
                task.IsIndeterminate = false;
                task.MaxValue = total;
            }

            task.Value = value.Bytes;
        }
    }
}
