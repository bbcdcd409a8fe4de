// Inputs with which the workflows succeed on the sandbox's sample registry.

const mediaType = "application/vnd.oci.image.manifest.v1+json";
const layer = (digest) => ({ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${digest}`, size: 2048 });

const imageManifest = JSON.stringify({
  schemaVersion: 2,
  mediaType,
  config: {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest: "sha256:b1e1326d186c6e22d89cc573d2d79401aae3dba99b10198c208bb1817d3888bf",
    size: 294,
  },
  layers: [
    layer("048e9b955edc51d6266381170fdf7ce1dbd4e05e4e6421de8f06dfbed24e6eb5"),
    layer("eafb6722d18d5be8365225f5667ffdb8441fbb8b6d49853f73af50fef2cad8ca"),
  ],
});

const image = { repositoryName: "team/worker", imageTag: "1.0.0", imageManifest, imageManifestMediaType: mediaType };
const arn = (region, rest) => `arn:aws:imagebuilder:${region}:123456789012:${rest}`;

/** An example for a workflow; nothing where there is none. */
export const example = (workflowId, region) =>
  ({
    "ensure-repository-and-seed-image": image,
    "publish-image": image,
    "image-inventory": { repositoryName: "app", maxResults: 5 },
    "create-image-and-poll": {
      containerRecipeArn: arn(region, "container-recipe/web/1.0.0"),
      infrastructureConfigurationArn: arn(region, "infrastructure-configuration/builders"),
      distributionConfigurationArn: arn(region, "distribution-configuration/everywhere"),
      tags: { team: "web" },
    },
  })[workflowId];
