namespace Kindred.Ranking;

/// <summary>How held-out events become questions that were asked at a moment.</summary>
public sealed record MomentOptions
{
    /// <summary>Candidates of a question; those that the pipeline puts lowest are left out.</summary>
    public int MostCandidates { get; init; } = 300;

    /// <summary>Questions of a user, his first ones: a few busy users should not decide for all.</summary>
    public int MostOfUser { get; init; } = 5;

    /// <summary>What a user took within so long of the first event is the answer to one question.</summary>
    public TimeSpan Session { get; init; } = TimeSpan.FromMinutes(30);

    internal void Check()
    {
        if (MostCandidates < 1) throw new InputException($"MostCandidates must be >= 1, was {MostCandidates}.");
        if (MostOfUser < 1) throw new InputException($"MostOfUser must be >= 1, was {MostOfUser}.");
        if (Session < TimeSpan.Zero) throw new InputException($"Session must be >= 0, was {Session}.");
    }
}
