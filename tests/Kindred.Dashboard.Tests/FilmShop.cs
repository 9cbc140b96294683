using Kindred.DashboardTests;
using Kindred.ServerTests;
using Kindred.Tests.Support;

[assembly: AssemblyFixture(typeof(FilmShop))]

namespace Kindred.DashboardTests;

/// <summary>A server with the sample films and two snapshots, of which implicit-als answers; some users asked, some acted.</summary>
public sealed class FilmShop : IAsyncLifetime
{
    private LivingServer? _server;

    internal LivingServer Server => _server!;

    /// <summary>The snapshot that does not answer.</summary>
    public string Other { get; private set; } = "";

    /// <summary>The one that does.</summary>
    public string Serving { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _server = await LivingServer.Start();
        await LivingServer.Succeed("import", RealData.MovieLensSmall, "--data", Server.Folder);
        Other = await Train("popularity");
        Serving = await Train("implicit-als:dimensions=16,epochs=4");
        await Server.Post($"/v1/snapshots/{Serving}/promote", """{"reason":"the tests want it","anyway":true}""");
        await LivingServer.Until(
            async () => (string?)(await Server.Get("/health"))["snapshot"] == Serving, "the promoted snapshot answers");
        foreach (string user in (string[])["1", "2", "15", "nobody"]) await Server.Get($"/v1/users/{user}/recommendations");
        await Server.Post("/v1/events", """[{"type":"view","userId":"15","itemId":"1"},{"type":"click","userId":"2","itemId":"260"},{}]""");
        await Server.Get("/v1/users/15/recommendations");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    private async Task<string> Train(string model)
    {
        var set = await Server.Send(HttpMethod.Put, "/v1/settings/renewal", $$"""{"enabled":false,"model":"{{model}}"}""");
        await LivingServer.Read(set, 200);
        string id = (string)(await Server.Post("/v1/jobs/renew", expected: 202))["id"]!;
        await LivingServer.Until(
            async () => (string)(await Server.Get($"/v1/jobs/{id}"))["state"]! is not ("waiting" or "running"), $"{model} is trained");
        var job = await Server.Get($"/v1/jobs/{id}");
        return (string?)job["detail"]!["snapshot"] ?? throw new InvalidOperationException($"{model} was not trained: {job}");
    }
}
