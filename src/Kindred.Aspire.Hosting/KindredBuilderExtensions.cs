using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Adds living servers of Kindred to an application.</summary>
public static class KindredBuilderExtensions
{
    // Of the container: src/Kindred.Cli/Kindred.Cli.csproj.
    private const string Image = "kindred", Tag = "latest", Home = "/home/app", Folder = $"{Home}/shop", Secrets = "/run/secrets";
    private const string KeyFile = "kindred-admin-key";
    private const int Port = 8080;
    private const int KeyLength = 32; // the server takes no shorter one

    /// <summary>
    /// Adds the living server as a container. It keeps what it learns in the container, unless <see cref="WithDataVolume"/> or
    /// <see cref="WithDataBindMount"/> says where. A reference to it is a connection string: <c>Endpoint=http://host:port;Key=…</c>.
    /// </summary>
    /// <param name="name">Of the resource and of its connection string.</param>
    /// <param name="port">On the machine; null: any free one.</param>
    /// <param name="adminKey">The key of the scope admin, at least 32 characters; null: one is made, and kept in the user secrets.</param>
    /// <remarks>The image is <c>kindred:latest</c>; <c>WithImage</c> and <c>WithImageRegistry</c> name another one.</remarks>
    public static IResourceBuilder<KindredContainerResource> AddKindred(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, int? port = null,
        IResourceBuilder<ParameterResource>? adminKey = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        var server = new KindredContainerResource(name, adminKey?.Resource ?? NewKey(builder, name));
        return builder.AddResource(server)
            .WithImage(Image, Tag)
            .WithHttpEndpoint(port, Port, KindredConnection.Endpoint)
            .WithArgs(
                "serve", "--data", Folder, "--url", $"http://0.0.0.0:{Port}", "--log", "json", "--admin-key-file", $"{Secrets}/{KeyFile}")
            .WithContainerFiles(Secrets, async (_, cancellationToken) =>
            {
                string? key = await server.AdminKey.GetValueAsync(cancellationToken).ConfigureAwait(false);
                return [new ContainerFile { Name = KeyFile, Contents = key }];
            })
            .WithServerConventions();
    }

    /// <summary>
    /// Adds the living server as the command <c>kindred</c>, which <c>dotnet tool install --global Kindred.Cli</c> installs: for machines
    /// without containers. A reference to it is a connection string: <c>Endpoint=http://host:port;Key=…</c>.
    /// </summary>
    /// <param name="name">Of the resource and of its connection string.</param>
    /// <param name="folder">Where it keeps what it learns, seen from the app host's folder; made if it is not there.</param>
    /// <param name="command">The command, or its path.</param>
    /// <param name="port">Null: any free one.</param>
    /// <param name="adminKey">The key of the scope admin, at least 32 characters; null: one is made, and kept in the user secrets.</param>
    public static IResourceBuilder<KindredCommandResource> AddKindredCommand(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, string folder, string command = "kindred",
        int? port = null, IResourceBuilder<ParameterResource>? adminKey = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(command);
        var server = new KindredCommandResource(name, command, builder.AppHostDirectory, adminKey?.Resource ?? NewKey(builder, name));
        return builder.AddResource(server)
            .WithHttpEndpoint(port, name: KindredConnection.Endpoint)
            .WithArgs(async context =>
            {
                foreach (object arg in (object[])["serve", "--data", folder, "--log", "json", "--url"]) context.Args.Add(arg);
                context.Args.Add(ReferenceExpression.Create($"http://localhost:{server.Http.Property(EndpointProperty.TargetPort)}"));
                if (!builder.ExecutionContext.IsRunMode) return;
                context.Args.Add("--admin-key-file");
                context.Args.Add(await WriteKeyAsync(server.AdminKey, context.CancellationToken).ConfigureAwait(false));
            })
            .WithServerConventions();
    }

    /// <summary>Keeps what the server learns in a volume that outlives the container.</summary>
    /// <param name="name">Of the volume; null: made of the names of application and resource.</param>
    public static IResourceBuilder<KindredContainerResource> WithDataVolume(
        this IResourceBuilder<KindredContainerResource> builder, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.WithVolume(name ?? VolumeNameGenerator.Generate(builder, "data"), Home);
    }

    /// <summary>Keeps what the server learns in a folder of the machine, which its user 1654 must be able to write.</summary>
    /// <param name="source">The folder.</param>
    public static IResourceBuilder<KindredContainerResource> WithDataBindMount(
        this IResourceBuilder<KindredContainerResource> builder, string source)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return builder.WithBindMount(source, Home);
    }

    /// <summary>Keeps events in a database instead of a file, such as PostgreSQL, which several servers may share.</summary>
    /// <param name="store">The server's option <c>--store</c>: <c>postgres://user:password@host/database</c>.</param>
    public static IResourceBuilder<T> WithStore<T>(this IResourceBuilder<T> builder, ReferenceExpression store) where T : IKindredResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(store);
        return builder.WithArgs(context =>
        {
            context.Args.Add("--store");
            context.Args.Add(store);
        });
    }

    private static IResourceBuilder<T> WithServerConventions<T>(this IResourceBuilder<T> builder) where T : IKindredResource =>
        builder.WithHttpHealthCheck("/health/ready", endpointName: KindredConnection.Endpoint).WithOtlpExporter();

    private static ParameterResource NewKey(IDistributedApplicationBuilder builder, string name) =>
        ParameterResourceBuilderExtensions.CreateGeneratedParameter(
            builder, $"{name}-admin-key", secret: true, new GenerateParameterDefault { MinLength = KeyLength, Special = false });

    private static async Task<string> WriteKeyAsync(ParameterResource key, CancellationToken cancellationToken)
    {
        // a folder that only this user can look into
        string file = Path.Combine(Directory.CreateTempSubdirectory("kindred-").FullName, KeyFile);
        await File.WriteAllTextAsync(file, await key.GetValueAsync(cancellationToken).ConfigureAwait(false), cancellationToken)
            .ConfigureAwait(false);
        return file;
    }
}
