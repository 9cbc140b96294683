using Kindred.Comparison;
using Kindred.Models;
using Kindred.Splitting;

namespace Kindred;

/// <summary>What to publish: a model, and what answers where that has nothing to say.</summary>
/// <remarks>
/// Two questions, each with the data that can answer it. Unknown users get the best of the models that are the same for everyone, by the
/// main comparison. Known users get the best personal model if it is significantly better than the baseline: by the main comparison, or by
/// each user's last event where the main comparison has too few known users to tell.
/// </remarks>
/// <param name="main">On the split that was asked for, or the one that is most like use.</param>
/// <param name="knownUsers">On each user's last event; null where the main comparison has enough known users.</param>
public sealed class PublishChoice(ModelComparison main, ModelComparison? knownUsers)
{
    /// <summary>With fewer known users, differences between personal models are noise.</summary>
    internal const int FewestKnownUsers = 100;

    public ModelComparison Main { get; } = main ?? throw new ArgumentNullException(nameof(main));

    public ModelComparison? KnownUsers => knownUsers;

    /// <summary>Of the main comparison, best first.</summary>
    public IReadOnlyList<ComparedModel> Models => Main.Models;

    /// <summary>Popularity.</summary>
    public ComparedModel Baseline => Main.Baseline;

    /// <summary>The comparison that personal models are chosen by.</summary>
    public ModelComparison Personal => knownUsers ?? Main;

    /// <summary>The best personal model, whether or not it is better than the baseline; null: none was compared.</summary>
    public ComparedModel? BestPersonal => Personal.Models.FirstOrDefault(model => model.Spec.IsPersonal);

    /// <summary>True when a personal model is to be published.</summary>
    public bool IsPersonal => Personal.Winner.Spec.IsPersonal;

    /// <summary>What answers unknown users: the best model that is the same for everyone.</summary>
    public ModelSpec Fallback => Main.Winner is { Spec.IsPersonal: false } winner
        ? winner.Spec
        : Main.Models.First(model => !model.Spec.IsPersonal).Spec;

    /// <summary>What to publish.</summary>
    public ChosenModel Winner =>
        new(IsPersonal ? Personal.Winner.Spec : Fallback, Fallback) { Options = Main.Options, Report = Report };

    /// <summary>The comparison that chose the winner, for programs and files.</summary>
    public ExperimentReport Report => (IsPersonal ? Personal : Main).ToReport();

    /// <summary>What to publish, and why.</summary>
    public string Advice
    {
        get
        {
            if (IsPersonal)
            {
                string others = Fallback.Name == Personal.Winner.Name ? "" : $" For users without a history, use {Fallback.Name}.";
                return $"{Personal.Advice}{others}";
            }
            if (knownUsers is null || BestPersonal is null) return Main.Advice;
            string personal = BestPersonal.AgainstBaseline is { IsUndecided: true } open
                ? $"Whether a personal model is better is {open.WhyUndecided}."
                : "No personal model is significantly better on each user's last event.";
            // What the main comparison says of personal models is not what chooses them.
            bool isBetterForAll = Main.Winner is { AgainstBaseline: not null, Spec.IsPersonal: false };
            return isBetterForAll ? $"{Main.Advice} {personal}" : $"Use {Fallback.Name}. {personal}";
        }
    }

    /// <summary>True when a comparison has too few known users to rank personal models.</summary>
    public static bool NeedsKnownUsers(ModelComparison main)
    {
        ArgumentNullException.ThrowIfNull(main);
        return main.Counts.WarmUsers < FewestKnownUsers;
    }

    /// <returns>Where to compare models again; null: <paramref name="main"/> has enough known users, or no user has enough
    /// events.</returns>
    public static Holdout? HoldoutOfKnownUsers(Interactions data, ModelComparison main)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!NeedsKnownUsers(main)) return null;
        var holdout = new LeaveLastOut().Split(data).Final;
        if (main.Options.AllowRepeats) holdout = holdout.WithRepeats();
        return holdout.TestUsers > 0 ? holdout : null;
    }
}
