using System.Globalization;
using Kindred.Cli.Options;
using Kindred.Cli.Output;
using Kindred.Data;
using Kindred.Models;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Readiness;

namespace Kindred.Cli.Commands;

/// <summary>
/// `kindred demo --from-zero`: a shop that has nothing, replayed in time: what a living server would serve when, what that is worth, and
/// what more events would bring.
/// </summary>
internal static class FromZeroDemo
{
    /// <summary>Those of the stages, whose learning curves are shown.</summary>
    private static readonly string[] Shown = ["item-knn", "implicit-als"];

    /// <summary>Of one model's learning curve; what takes longer is said, and not waited for.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(20);

    /// <summary>The curves are drawn so many times further than there are events.</summary>
    private const double Ahead = 10;

    public static void Run(DataFolder data, CommandContext session)
    {
        var all = data.Interactions;
        if (!all.Histories.HasTimes || all.Histories.Oldest == all.Histories.Newest)
            throw new InputException($"{data.Manifest.Name} does not say when its events happened, so they cannot be replayed in time.");
        ReplayFromZero.CheckEnough(all.Histories.Count);
        session.Print(new Heading("1  A shop that begins with nothing"));
        session.Print(new Paragraph(
            $"{Format.Many(all.Histories.Count, "event")} of {data.Manifest.Name}, replayed in time. Stage 0: nothing is known, the "
            + $"newest items are recommended, until the step at {ModelRenewal.FewestEvents} events. A step has learned what happened "
            + "before the moment of its event, so a little less. Then the shop renews what it serves as a living server does by itself: a "
            + "back-test on the events so far chooses, and the gate compares with what was "
            + "served. What is served is measured on the events until the next step: NDCG@10, and the gain over popularity in points of "
            + "it."));
        List<ZeroStep> steps = session.Activity.Run("Replaying the shop", progress =>
        {
            var found = new List<ZeroStep>();
            var replay = new ReplayFromZero(PipelineTraining.QuietFor(session), session.Trainers, session.Training);
            foreach (var step in replay.Run(all))
            {
                found.Add(step);
                progress.Report(new TrainingProgress(step.Events, all.Histories.Count, "event"));
            }
            return found;
        });
        session.Print(TableOf(steps));
        session.Print(new BulletList([.. ChangesOf(steps)]));

        var report = session.Activity.Run("Measuring learning curves", _ => Doctor.Examine(
            new(all, 0, 0, 0), session.Trainers, DateTimeOffset.FromUnixTimeSeconds(all.Histories.Newest), session.Training, _ => { },
            MostTime, Shown));
        PrintCurves(report, session);
        session.Print(JsonOf(steps, report));
    }

    private static Grid TableOf(List<ZeroStep> steps) => new(
        [
            new("events", IsNumber: true), new("when"), new("stage", IsNumber: true), new("served"), new("users", IsNumber: true),
            new("NDCG@10", IsNumber: true), new("gain", IsNumber: true), new("95 % CI", IsNumber: true),
        ],
        [
            ["0", "", "0", "newest items", "", "", "", ""],
            .. steps.Select(step => (string[])
            [
                Format.Count(step.Events), step.Time.ToString("yyyy-MM", CultureInfo.InvariantCulture), $"{step.Plan.Stage}",
                step.Plan.Name, Format.Count(step.Users), step.Value?.ToString("F4", CultureInfo.InvariantCulture) ?? "–",
                step.Gain is { } gain ? Points(gain.Difference) : "–",
                step.Gain is { } found ? $"{Points(found.Low)} to {Points(found.High)}" : "–",
            ]),
        ]);

    /// <summary>Why, where another kind of model came to be served.</summary>
    private static IEnumerable<string> ChangesOf(List<ZeroStep> steps)
    {
        for (int n = 0; n < steps.Count; n++)
        {
            var plan = steps[n].Plan;
            if (n > 0 && (steps[n - 1].Plan.Model!.TrainerName, steps[n - 1].Plan.Stage) == (plan.Model!.TrainerName, plan.Stage)) continue;
            yield return $"Stage {plan.Stage} from {Format.Count(steps[n].Events)} events on, {plan.Name}. {plan.Why}";
        }
        if (steps[^1].Plan is { IsPersonal: false } last) yield return $"At the end, still stage {last.Stage}. {last.Why}";
    }

    private static void PrintCurves(DoctorReport report, CommandContext session)
    {
        ModelReadiness[] models = [.. report.Models.Where(model => Shown.Contains(model.Model.Split(':')[0]))];
        session.Print(new Heading("2  What more events bring"));
        session.Print(new Paragraph(
            "The doctor's learning curves: each model trained on 10, 20, 40 and 80 % of the events and measured on the fifth that came "
            + "next; gain over popularity of all time in points of NDCG@10, fitted by a − b·n^−c after n thousand events. The stages ask "
            + "for more: a personal model must also be better than what was popular of late."));
        session.Print(new Grid(
            [new("model"), new("measured"), new("fit"), new("now", IsNumber: true), new("95 % CI", IsNumber: true),
                new("outlook", Wraps: true)],
            [.. models.Select(model => (string[])
            [
                model.Model, model.Curve.Count == 0 ? "–" : string.Join(", ", model.Curve.Select(point => Points(point.Gain))),
                FitOf(model) is { } curve ? FormulaOf(curve) : "–", model.Gain is { } gain ? Points(gain) : "–",
                model.Gain is null ? "–" : $"{Points(model.Low!.Value)} to {Points(model.High!.Value)}", model.Outlook,
            ])]));
        session.Print(new LinePlot("Gain over popularity, fitted and continued", "events, logarithmic",
            [.. models.Where(model => FitOf(model) is not null).Select(model => new PlotLine(model.Model, Drawn(model, report.Events)))],
            value => $"{Points(value)}")
        { IsLogarithmicAcross = true });
    }

    private static GrowthCurve? FitOf(ModelReadiness model) => model.Curve.Count < 2 ? null
        : GrowthCurve.Fit([.. model.Curve.Select(point => ((double)point.Events, point.Gain))]);

    private static string FormulaOf(GrowthCurve curve) => curve.B == 0 ? Points(curve.A)
        : string.Create(
            CultureInfo.InvariantCulture, $"{Points(curve.A)} − {100 * curve.B * Math.Pow(1_000, -curve.C):0.##}·n^−{curve.C:0.##}");

    private static (double, double)[] Drawn(ModelReadiness model, int events)
    {
        const int Places = 40;
        var curve = FitOf(model)!.Value;
        double first = model.Curve[0].Events, ratio = Ahead * events / first;
        return [.. Enumerable.Range(0, Places).Select(n => first * Math.Pow(ratio, n / (Places - 1.0))).Select(n => (n, curve.At(n)))];
    }

    private static string Points(double value) => (100 * value).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture);

    private static JsonResult JsonOf(List<ZeroStep> steps, DoctorReport report) => new(new
    {
        steps = steps.Select(step => new
        {
            step.Events,
            step.Time,
            step.Plan.Stage,
            served = step.Plan.Name,
            step.Plan.Why,
            step.Plan.Compared,
            step.Users,
            ndcg = step.Value,
            gain = step.Gain?.Difference,
            low = step.Gain?.Low,
            high = step.Gain?.High,
        }),
        curves = report.Models,
    });
}
