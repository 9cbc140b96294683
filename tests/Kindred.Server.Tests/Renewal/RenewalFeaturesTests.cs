namespace Kindred.ServerTests.Renewal;

/// <summary>Attributes that the setting renewal names must be known, as soon as any of their kind is.</summary>
public sealed class RenewalFeaturesTests
{
    [Fact]
    public async Task Features_are_checked_for_items_and_users_apart()
    {
        await using var server = await LivingServer.Start();
        const string Mistyped = "implicit-als:features=item.genrs + item.price", OfItems = "implicit-als:features=item.genres + item.price";
        await Accept(Mistyped + " + item.textVector.*"); // any attribute may come
        await server.Post("/v1/items", """[{"id":"a","attributes":{"genres":["x"],"price":2} }]""");
        Assert.StartsWith("There is no feature 'item.genrs'; did you mean item.genres? What the setting", await Refuse(Mistyped));
        await Accept(OfItems);
        // this server makes no vectors of texts
        Assert.StartsWith("There is no feature 'item.textVector.*'", await Refuse(OfItems + " + item.textVector.*"));

        const string OfUsers = "fm:features=user + item + user.* + user.age + item.genres";
        await Accept(OfUsers); // any of users may come
        await server.Post("/v1/users", """[{"id":"u","attributes":{"age":"30-40"} }]""");
        await Accept(OfUsers);
        Assert.StartsWith(
            "There is no feature 'user.aeg'; did you mean user.age?", await Refuse(OfUsers.Replace("user.age", "user.aeg")));

        Task<HttpResponseMessage> Put(string model) =>
            server.Send(HttpMethod.Put, "/v1/settings/renewal", $$"""{"model":"{{model}}"}""");
        async Task Accept(string model) => await LivingServer.Read(await Put(model), 200);
        async Task<string> Refuse(string model) => await LivingServer.Problem(await Put(model), 400);
    }
}
