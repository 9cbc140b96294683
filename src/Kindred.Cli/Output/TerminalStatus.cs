using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Kindred.Cli.Output;

/// <summary>A bar for each step, with rate, remaining time and loss; what is done stays as one line.</summary>
internal sealed class TerminalStatus : IStatus
{
    private const int StepWidth = 38;

    private readonly IAnsiConsole _console = Terminal.On(Console.Error);

    public T Run<T>(string step, Func<ProgressBar, T> work)
    {
        step = PlainText.OneLine(step);
        var column = new TickColumn();
        var clock = Stopwatch.StartNew();
        var result = _console
            .Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 16 }, column)
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(step));
                task.IsIndeterminate = true;
                return work(new(tick =>
                {
                    column.Latest = tick;
                    if (tick.Total <= 0) return;
                    task.IsIndeterminate = false;
                    task.MaxValue = tick.Total;
                    task.Value = tick.Done;
                }));
            });
        _console.MarkupLineInterpolated(
            $"[green]✓[/] {step,-StepWidth} [grey]{Joined(column.Latest.ToString(), Format.Duration(clock.Elapsed))}[/]");
        return result;
    }

    public void Note(string sentence) => _console.Write(new Text($"{PlainText.OneLine(sentence)}\n", new Style(Color.Grey)));

    private static string Joined(params string[] parts) => string.Join(" · ", parts.Where(part => part.Length > 0));

    private sealed class TickColumn : ProgressColumn
    {
        private volatile Tick _latest = Tick.None;

        public Tick Latest { get => _latest; set => _latest = value; }

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            var tick = _latest;
            if (tick.Done == 0) return new Text("");

            double seconds = Math.Max(.001, task.ElapsedTime?.TotalSeconds ?? 0), rate = (tick.Done - tick.Skipped) / seconds;
            // a training that may stop early says nothing of how long it takes
            string left = rate == 0 || tick.Validation is not null ? "" : tick.Total > 0
                ? $"{Format.Duration(TimeSpan.FromSeconds((tick.Total - tick.Done) / rate))} left"
                : Format.Many(tick.Done, tick.Unit);
            return new Text(Joined(
                tick.Best is null ? tick.RateIn(task.ElapsedTime ?? default)
                    : $"trial {tick.Done}{(tick.Total > 0 ? $" of {tick.Total}" : "")}",
                left, tick.Loss is { } loss ? $"loss {Format.Loss(loss)}" : tick.Best is { } best ? $"best {Format.Metric(best)}" : "",
                tick.Validation is { } validation ? Tick.Show(validation) : ""));
        }
    }
}
