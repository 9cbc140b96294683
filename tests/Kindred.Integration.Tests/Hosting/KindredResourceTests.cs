using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Kindred.Integration.Tests.Hosting;

/// <summary>What AddKindred and AddKindredCommand put into the model of an application. Starts nothing.</summary>
public sealed class KindredResourceTests
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder(
        new DistributedApplicationOptions { DisableDashboard = true, Args = ["--operation", "publish", "--publisher", "manifest"] });

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<string[]> ArgsOf(IKindredResource server) =>
#pragma warning disable CS0618 // the other way needs the application's services
        [.. (await server.GetArgumentValuesAsync(DistributedApplicationOperation.Publish)).Select(arg => arg.ToString())];
#pragma warning restore CS0618

    [Fact]
    public async Task A_container_serves_its_folder_with_a_key()
    {
        var server = _builder.AddKindred("shop", port: 5080).WithDataVolume("kept").Resource;
        var image = Assert.Single(server.Annotations.OfType<ContainerImageAnnotation>());
        Assert.Equal(("kindred", "latest"), (image.Image, image.Tag));
        var endpoint = Assert.Single(server.Annotations.OfType<EndpointAnnotation>());
        Assert.Equal(("http", 5080, 8080), (endpoint.Name, endpoint.Port, endpoint.TargetPort));
        var volume = Assert.Single(server.Annotations.OfType<ContainerMountAnnotation>());
        Assert.Equal(("kept", "/home/app", ContainerMountType.Volume), (volume.Source, volume.Target, volume.Type));
        Assert.Single(server.Annotations.OfType<HealthCheckAnnotation>());
        Assert.Equal(
            ["serve", "--data", "/home/app/shop", "--url", "http://0.0.0.0:8080", "--log", "json",
                "--admin-key-file", "/run/secrets/kindred-admin-key"],
            await ArgsOf(server));
        Assert.Equal("Endpoint={shop.bindings.http.url};Key={shop-admin-key.value}", server.ConnectionStringExpression.ValueExpression);
        Assert.True(server.AdminKey.Secret);
        Assert.Equal(32, Assert.IsType<GenerateParameterDefault>(server.AdminKey.Default).MinLength);
    }

    /// <summary>The container's user, port and folder are those that the project of the command declares.</summary>
    [Fact]
    public void The_container_is_the_one_that_the_command_publishes()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Kindred.slnx"))) folder = Path.GetDirectoryName(folder)!;
        string project = File.ReadAllText(Path.Combine(folder, "src", "Kindred.Cli", "Kindred.Cli.csproj"));
        Assert.Contains("<ContainerRepository>kindred<", project);
        Assert.Contains("Include=\"8080\"", project);
        Assert.Contains("serve;--data;/home/app/shop;", project);
    }

    [Fact]
    public void The_key_may_be_given()
    {
        var key = _builder.AddParameter("key", secret: true);
        Assert.Same(key.Resource, _builder.AddKindred("shop", adminKey: key).Resource.AdminKey);
        Assert.DoesNotContain(_builder.Resources, resource => resource.Name == "shop-admin-key");
    }

    [Fact]
    public void A_folder_of_the_machine_is_mounted()
    {
        var server = _builder.AddKindred("shop").WithDataBindMount("/srv/shop").Resource;
        var mount = Assert.Single(server.Annotations.OfType<ContainerMountAnnotation>());
        Assert.Equal(("/srv/shop", "/home/app", ContainerMountType.BindMount), (mount.Source, mount.Target, mount.Type));
    }

    [Fact]
    public async Task A_command_serves_its_folder()
    {
        var server = _builder.AddKindredCommand("shop", "data/shop").WithStore(ReferenceExpression.Create($"postgres://db/shop")).Resource;
        Assert.Equal("kindred", server.Command);
        string[] args = await ArgsOf(server);
        Assert.Equal(["serve", "--data", "data/shop", "--log", "json", "--url"], args[..6]);
        Assert.Equal(["--store", "postgres://db/shop"], args[^2..]);
        Assert.Equal("Endpoint={shop.bindings.http.url};Key={shop-admin-key.value}", server.ConnectionStringExpression.ValueExpression);
    }

    [Fact]
    public void A_service_gets_the_connection_string()
    {
        var server = _builder.AddKindred("shop");
        var service = _builder.AddContainer("web", "web").WithReference(server).WaitFor(server).Resource;
        var relations = service.Annotations.OfType<ResourceRelationshipAnnotation>();
        Assert.Contains(server.Resource, relations.Select(relation => relation.Resource));
    }
}
