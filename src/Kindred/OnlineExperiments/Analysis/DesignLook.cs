using Kindred.Numerics.Distributions;
using Kindred.OnlineExperiments.Design;
using Kindred.OnlineExperiments.Estimation;

namespace Kindred.OnlineExperiments.Analysis;

/// <summary>What the design allows to see, and how wide intervals are then.</summary>
/// <param name="Day">The last day whose data may be seen; −1: none yet.</param>
/// <param name="IsLast">Whether the experiment is over.</param>
/// <param name="Fractions">Of a group sequential design, the information at each look up to this one.</param>
internal sealed record DesignLook(ExperimentDesign Design, int Day, bool IsLast, IReadOnlyList<double> Fractions)
{
    /// <summary>Of a group sequential design, the last day of each look up to this one.</summary>
    private int[] Looks { get; init; } = [];

    public static DesignLook At(ExperimentDesign design, ExperimentData data)
    {
        // without times the data is all there will be
        int complete = data.Days - (data.IsLastDayComplete ? 0 : 1);
        bool isOver = !data.HasTimes || complete >= design.Days;
        int end = data.Days - 1;
        switch (design.Kind)
        {
            case DesignKind.FixedHorizon:
                return new(design, isOver ? end : -1, isOver, []);
            case DesignKind.GroupSequential:
                int looks = isOver ? design.Looks : LooksBy(design, complete);
                int[] days = [.. Enumerable.Range(1, looks).Select(look => Math.Min(end, DayOf(design, look) - 1))];
                if (isOver && looks > 0) days[^1] = end;
                return new(design, looks == 0 ? -1 : days[^1], isOver, Information(design, data, days, isOver)) { Looks = days };
            default:
                return new(design, end, isOver, []);
        }
    }

    /// <param name="alpha">Two-sided; of one side the chance beyond each bound.</param>
    public ConfidenceInterval Interval(double estimate, double error, double degrees, long units, double alpha)
    {
        switch (Design.Kind)
        {
            case DesignKind.FixedHorizon:
                return FixedHorizon.Interval(estimate, error, degrees, alpha);
            case DesignKind.GroupSequential:
                double bound = GroupSequential.Boundaries(Fractions, alpha, Design.Spending)[^1];
                return new(estimate - (bound * error), estimate + (bound * error),
                    GroupSequential.RepeatedPValue(estimate / error, Fractions, Design.Spending));
            default:
                return ConfidenceSequence.Interval(estimate, error, units, alpha, Design.Tuning);
        }
    }

    /// <summary>Harm may be looked for at any time, whatever the design: by a confidence sequence, until the last day.</summary>
    /// <param name="worst">The effect that is still accepted: below 0 where more is better, above 0 where less is.</param>
    /// <returns>Two one-sided bounds, and how rarely an effect as bad as the worst looks this good.</returns>
    public ConfidenceInterval Guard(double estimate, double error, double degrees, long units, double alpha, double worst) => new(
        Side(estimate, error, degrees, units, alpha, TestSides.Greater).Low,
        Side(estimate, error, degrees, units, alpha, TestSides.Less).High,
        Side(estimate - worst, error, degrees, units, alpha, worst < 0 ? TestSides.Greater : TestSides.Less).PValue);

    /// <summary>As <see cref="Guard(double, double, double, long, double, double)"/>, of a lift.</summary>
    public ConfidenceInterval Guard(EffectEstimate effect, double alpha, double worst)
    {
        ConfidenceInterval Of(double estimate, double error) => Guard(estimate, error, effect.Degrees, effect.Units, alpha, worst);
        var lift = Of(effect.Lift, effect.LiftErrorAt(worst));
        return !(effect.Lift > worst) ? lift : lift with
        {
            Low = effect.LowestLift(worst, Of(0, 1).High) ?? lift.Low,
            PValue = Of(effect.Lift, effect.ErrorIf(worst)).PValue,
        };
    }

    /// <returns>How rarely an effect that is just accepted looks this bad.</returns>
    public double HarmPValue(double estimate, double error, double degrees, long units, double alpha, double worst, int better) =>
        Side(estimate - worst, error, degrees, units, alpha, better > 0 ? TestSides.Less : TestSides.Greater).PValue;

    private ConfidenceInterval Side(double from, double error, double degrees, long units, double alpha, TestSides side) =>
        IsLast && Design.Kind != DesignKind.AlwaysValid
            ? FixedHorizon.Interval(from, error, degrees, alpha, side)
            : ConfidenceSequence.Interval(from, error, units, alpha, Design.Tuning, side);

    /// <summary>
    /// What may be shown of earlier days too: all looks of a group sequential design; of a fixed horizon the way to its end, with intervals
    /// that hold on all days together, since only one look was planned; of an always valid design every day.
    /// </summary>
    public IEnumerable<DesignLook> ByDay() => Design.Kind switch
    {
        _ when Day < 0 => [],
        DesignKind.GroupSequential => Looks.Select((day, n) => this with { Day = day, Fractions = [.. Fractions.Take(n + 1)] }),
        DesignKind.FixedHorizon => EachDay(Day).Select(day => day with { Design = Design with { Kind = DesignKind.AlwaysValid } })
            .Append(this),
        _ => EachDay(Day + 1),
    };

    /// <summary>The first days, none of them the last.</summary>
    public IEnumerable<DesignLook> EachDay(int days) =>
        Enumerable.Range(0, days).Select(day => this with { Day = day, IsLast = false });

    /// <summary>The day, from 1, after which the design is looked at next; null: there is no such day.</summary>
    public int? Next => Design.Kind switch
    {
        _ when IsLast => null,
        DesignKind.FixedHorizon => Design.Days,
        DesignKind.GroupSequential => DayOf(Design, Looks.Length + 1),
        _ => null,
    };

    /// <returns>Half an interval in standard errors, at the end.</returns>
    public static double FinalWidth(ExperimentDesign design, double alpha, long units) => design.Kind switch
    {
        DesignKind.FixedHorizon => Normal.UpperQuantile(alpha / 2),
        DesignKind.GroupSequential => GroupSequential.Boundaries(
            [.. Enumerable.Range(1, design.Looks).Select(look => look / (double)design.Looks)], alpha, design.Spending)[^1],
        _ => ConfidenceSequence.HalfWidth(units, alpha, design.PlannedUnits ?? units),
    };

    private static int LooksBy(ExperimentDesign design, int days) =>
        Enumerable.Range(1, design.Looks).TakeWhile(look => DayOf(design, look) <= days).Count();

    private static int DayOf(ExperimentDesign design, int look) => (int)Math.Ceiling(look * design.Days / (double)design.Looks);

    /// <summary>Units by planned units; without a plan, days by planned days.</summary>
    private static double[] Information(ExperimentDesign design, ExperimentData data, int[] days, bool isOver)
    {
        var fractions = new double[days.Length];
        for (int look = 0; look < days.Length; look++)
        {
            double part = design.PlannedUnits is { } planned ? data.UnitsUpTo(days[look]).Sum() / (double)planned
                : (look + 1) / (double)design.Looks;
            fractions[look] = Math.Clamp(part, look == 0 ? 1e-6 : fractions[look - 1], isOver && look == days.Length - 1 ? 1 : .999);
        }
        if (isOver && fractions.Length > 0) fractions[^1] = 1; // whatever came, all that may be spent is spent
        return fractions;
    }
}
