using System.ComponentModel.DataAnnotations;

namespace Kindred.Ranking;

/// <summary>How held-out events become questions that were asked at a moment.</summary>
internal sealed record MomentOptions
{
    /// <summary>Candidates of a question; those that the pipeline puts lowest are left out.</summary>
    [Range(1, int.MaxValue)]
    public int MostCandidates { get; init; } = 300;

    /// <summary>Questions of a user, the first ones: a few busy users should not decide for all.</summary>
    [Range(1, int.MaxValue)]
    public int MostOfUser { get; init; } = 5;

    /// <summary>What a user took within so long of the first event is the answer to one question.</summary>
    public TimeSpan Session { get; init; } = TimeSpan.FromMinutes(30);

    internal void Check()
    {
        OptionCheck.Check(this);
        if (Session < TimeSpan.Zero) throw new InputException($"session must be at least 0, was {Session}.", nameof(Session));
    }
}
