namespace Kindred.Cli;

/// <summary>What to publish: a model, and what answers where that has nothing to say. Two questions, each with the data that can answer it.</summary>
/// <remarks>
/// Whom nobody knows yet gets the best of the models that are the same for everyone, by the main contest. Whom we know gets the best
/// personal model, if it is above the baseline by more than noise — by the main contest, or by each user's last event where the main contest
/// has too few known users to tell.
/// </remarks>
/// <param name="Main">Under the cut that is like use.</param>
/// <param name="Known">Among known users; null where <paramref name="Main"/> has enough of them.</param>
internal sealed record PublishChoice(ModelComparison Main, ModelComparison? Known)
{
    /// <summary>With fewer known users, differences between personal models are noise.</summary>
    public const int FewestKnown = 100;

    public static bool NeedsKnown(ModelComparison main) => main.Entrants[0].Report.Counts.WarmUsers < FewestKnown;

    /// <summary>The contest that personal models are chosen by.</summary>
    public ModelComparison Personal => Known ?? Main;

    /// <summary>The best personal model, whether or not it earned its place.</summary>
    public ComparedModel BestPersonal => Personal.Ranked.First(entrant => entrant.IsPersonal);

    public bool IsPersonal => Personal.Winner.IsPersonal;

    public ModelSpec Fallback => Main.Winner is { IsPersonal: false } winner
        ? winner.Training.Spec
        : Main.Ranked.First(entrant => !entrant.IsPersonal).Training.Spec;

    public ModelSpec Model => IsPersonal ? Personal.Winner.Training.Spec : Fallback;
}
