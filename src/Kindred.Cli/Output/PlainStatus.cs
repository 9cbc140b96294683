using System.Diagnostics;

namespace Kindred.Cli.Output;

/// <summary>One line for each step when it is done, and a sign of life now and then in long ones.</summary>
internal sealed class PlainStatus : IStatus
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    public T Run<T>(string step, Func<ProgressBar, T> work)
    {
        step = PlainText.OneLine(step);
        var clock = Stopwatch.StartNew();
        var gate = new Lock();
        var next = Silence;
        var ticker = new ProgressBar(tick =>
        {
            lock (gate)
            {
                if (clock.Elapsed < next) return;
                next = clock.Elapsed + Silence;
                Console.Error.WriteLine($"{step}: {tick}, {tick.RateIn(clock.Elapsed)}, {Format.Duration(clock.Elapsed)} so far");
            }
        });
        var result = work(ticker);
        string done = ticker.Latest.ToString();
        Console.Error.WriteLine($"{step}: {(done.Length == 0 ? "" : $"{done}, ")}{Format.Duration(clock.Elapsed)}");
        return result;
    }

    public void Note(string sentence) => Console.Error.WriteLine(PlainText.OneLine(sentence));
}
