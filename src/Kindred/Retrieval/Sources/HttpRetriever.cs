using System.Net.Http.Json;
using System.Text.Json;
using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Retrieval.Sources;

/// <summary>
/// Asks another program for candidates over HTTP: POST {"userId", "history", "count"} is answered by {"items": [{"itemId", "score"}]}. Ids that are not in
/// the vocabulary, repeats and what is not allowed are left out.
/// </summary>
/// <remarks>Meant as a source with a limit of its own, beside the others: it blocks its thread as long as it waits.</remarks>
/// <param name="timeOut">After it the request is given up.</param>
public sealed class HttpRetriever(Uri address, TimeSpan timeOut, Vocabulary users, Vocabulary itemIds) : IRetriever, IDisposable
{
    private readonly HttpClient _client = new() { Timeout = timeOut };

    /// <exception cref="HttpRequestException">No answer, or another status than 2xx.</exception>
    /// <exception cref="OperationCanceledException">Not in time.</exception>
    /// <exception cref="JsonException">The answer is of another form.</exception>
    public int Retrieve(in Query query, Span<int> items, Span<float> scores)
    {
        var history = query.History.Span;
        var ids = new string[history.Length];
        for (int n = 0; n < ids.Length; n++) ids[n] = itemIds.Id(history[n]);
        var question = new Question(query.User < 0 ? null : users.Id(query.User), ids, items.Length);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = JsonContent.Create(question, options: JsonSerializerOptions.Web) };
        using var response = _client.Send(request);
        response.EnsureSuccessStatusCode();
        using var body = response.Content.ReadAsStream();
        var answer = JsonSerializer.Deserialize<Answer>(body, JsonSerializerOptions.Web)?.Items ?? throw new JsonException($"{address} answered without items.");

        var best = new TopK(items, scores);
        var seen = new HashSet<int>();
        foreach (var (itemId, score) in answer)
        {
            if (itemId is null || !itemIds.TryGetIndex(itemId, out int item) || !float.IsFinite(score)) continue;
            if (query.Allowed?.Contains(item) != false && seen.Add(item)) best.Offer(item, score);
        }
        best.Sort();
        return best.Count;
    }

    public void Dispose() => _client.Dispose();

    private sealed record Question(string? UserId, string[] History, int Count);

    private sealed record Answer(IReadOnlyList<AnsweredItem>? Items);

    private sealed record AnsweredItem(string? ItemId, float Score = 0);
}
