using Kindred.Pipelines;
using Kindred.Server.Experiments;
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
internal sealed class Previews(LiveState live, OtherAnswers others, ExperimentAnswers experiments, TimeProvider clock)
{
    private const string WithoutExperiments = "without the experiments";

    public async Task<Preview> OfAsync(PreviewQuestion question, CancellationToken cancellation)
    {
        StepTelemetry.LeaveOut();
        var request = new RecommendRequest { UserId = question.UserId, Count = question.Count, Explain = true, Because = true };
        var asked = request with
        {
            History = [.. question.Also.Select(item => new HistoryEvent(item))],
            WhyNot = question.WhyNot is { } item ? [item] : null,
        };
        var answer = await AnswerAsync(asked, cancellation);
        if (question.With is { } with)
            return new(answer, NameOf(with), await others.AskAsync(with, asked with { WhyNot = null }, cancellation));
        if (question.Also.Count > 0) return new(answer, "Without them", await AnswerAsync(request, cancellation));
        if (answer.Experiments.Count == 0) return new(answer, null, null);
        var usual = await others.AskAsync(OtherAnswers.Usual, request, cancellation);
        return ServedArms.IsSame(answer, usual) ? new(answer, null, null) : new(answer, WithoutExperiments, usual);
    }

    /// <summary>By the arms of the experiments that the user is in, as they would be answered.</summary>
    private async ValueTask<Recommendation> AnswerAsync(RecommendRequest request, CancellationToken cancellation)
    {
        request = request with { Key = LiveRecommender.KeyOf(request.UserId) };
        return experiments.PartsOf(request) is { Count: > 0 } parts ? await experiments.PreviewAsync(request, parts, cancellation)
            : await new LiveRecommender(live, clock).RecommendAsync(request, cancellation);
    }

    private static string NameOf(string with) => with == OtherAnswers.Usual ? WithoutExperiments
        : with.Split(':', 2) is [var kind, var name] ? $"{kind} {name}" : with;
}
