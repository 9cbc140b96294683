using Kindred.Server.Live;

namespace Kindred.Server.Dashboard;

/// <summary>What someone would be shown, and what they would see if something were different.</summary>
/// <param name="OtherName">What the other list is of; null: there is none.</param>
internal sealed record Preview(Recommendation Answer, string? OtherName, Recommendation? Other);

/// <summary>What to look at.</summary>
/// <param name="Also">Items that the user is taken to have had as well.</param>
/// <param name="WhyNot">Null: nothing is asked of.</param>
/// <param name="With">What else to answer with, as <see cref="OtherAnswers"/> takes it; null: nothing.</param>
internal sealed record PreviewQuestion(string UserId, int Count, IReadOnlyList<string> Also, string? WhyNot, string? With);

/// <summary>Answers that nobody is shown: they are not logged, and no experiment counts them.</summary>
internal sealed class Previews(LiveState live, OtherAnswers others, TimeProvider clock)
{
    public async Task<Preview> OfAsync(PreviewQuestion question, CancellationToken cancellation)
    {
        var request = new RecommendRequest { UserId = question.UserId, Count = question.Count, Explain = true, Because = true };
        var asked = request with
        {
            History = [.. question.Also.Select(item => new HistoryEvent(item))],
            WhyNot = question.WhyNot is { } item ? [item] : null,
        };
        var recommender = new LiveRecommender(live, clock);
        var answer = await recommender.RecommendAsync(asked, cancellation);
        if (question.With is { } with)
            return new(answer, NameOf(with), await others.AskAsync(with, asked with { WhyNot = null }, cancellation));
        return question.Also.Count == 0 ? new(answer, null, null)
            : new(answer, "Without them", await recommender.RecommendAsync(request, cancellation));
    }

    private static string NameOf(string with) => with.Split(':', 2) is [var kind, var name] ? $"{kind} {name}" : with;
}
