using System.Globalization;
using Kindred.Simulation;

namespace Kindred.Benchmarks;

/// <summary>
/// An arm that shows nine items of ten, in a living server under load, in simulated time: when its guardrail ends it, what it cost, what it
/// would have cost, and whether any request failed.
/// </summary>
internal static class GuardrailBenchmark
{
    private const int Days = 28;

    /// <param name="args">Users a day, and items that the arm shows.</param>
    public static async Task<int> Run(string[] args)
    {
        int users = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2_400;
        int kept = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 9;
        string folder = Directory.CreateTempSubdirectory("kindred-guardrails-").FullName;
        try
        {
            await using var weeks = await SimulatedWeeks.StartAsync(Path.Combine(folder, "shop"), kept, seed: 1);
            var outcome = await weeks.RunAsync(users, Days, Console.WriteLine);
            double perVisit = outcome.LostClicks / outcome.Treatment.Visits;
            static double ClicksAVisit((long Visits, long Clicks) arm) => arm.Clicks / (double)arm.Visits;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                {outcome.Reason ?? "It was not found in four weeks."}
                found after {outcome.Hours / 24.0:0.0} of {Days} days, {outcome.Units} units; served after it: {outcome.IsServedAfterwards}
                clicks a visit: control {ClicksAVisit(outcome.Control):0.000}, treatment {ClicksAVisit(outcome.Treatment):0.000}
                harm: {outcome.LostClicks:0} clicks lost; {perVisit * users / 2 * Days:0} in four weeks without a guardrail
                {outcome.Answers} answers, {outcome.Failed.Count} failed; median {outcome.MedianMs:0.0} ms, p99 {outcome.P99Ms:0.0} ms
                """));
            foreach (string failed in outcome.Failed.Take(10)) Console.WriteLine(failed);
            return outcome.Failed.Count == 0 && outcome.Reason is not null && !outcome.IsServedAfterwards ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
